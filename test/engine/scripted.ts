import { type Component, type EngineLife, fail, type Failure, type Job, type PlugIn } from '../../src/model/index.ts';

/** The process ended here. */
export class Died extends Error {}
/** A mistake in a plug-in's code. */
export class Bug extends Error {}

export type Call = 'inventory' | 'license' | 'check' | 'test' | 'swap' | 'confirm' | 'restore' | 'finish';
/** fail: a foreseen failure. hang: waits until its signal is aborted; hang-deaf: for ever. before, after: the process dies before or after the call did its work. bug: it throws. */
export type Behaviour = 'fail' | 'die-before' | 'die-after' | 'bug' | 'hang' | 'hang-deaf';
/** By `call` or `call ID`; a behaviour, or a function that is asked at each call and may do something of its own. */
export type Script = Map<string, Behaviour | (() => Behaviour | undefined)>;

function failureOf(call: Call, { id: component }: Pick<Component, 'id'>, version: string): { readonly ok: false; readonly failure: Failure } {
  switch (call) {
    case 'test':
      return fail('content-test-failed', { component, version, program: 'scripted', exit: 1 });
    case 'restore':
      return fail('restore-failed', { component, version, op: 'rename', path: '/scripted', problem: 'as the test wants', folder: '/scripted' }, 'the disk is gone');
    case 'confirm':
      return fail('confirm-failed', { component, version, seconds: 1, problem: 'as the test wants', socket: '/scripted', path: '/scripted' });
    case 'finish':
      return fail('finish-failed', { component, op: 'remove', path: '/scripted', problem: 'as the test wants' });
    case 'check':
      return fail('install-path-unfit', { component, path: '/scripted', problem: 'as the test wants' });
    case 'license':
      return fail('internal-error', { message: 'no license' });
    case 'inventory':
      return fail('install-read', { component, op: 'stat', path: '/scripted', problem: 'as the test wants' });
    case 'swap':
      return fail('swap-failed', { component, version, op: 'rename', path: '/scripted', problem: 'as the test wants' });
  }
}

/** The plug-in `scripted`: `files`, whole, with what the script says put in. */
export function scripted(real: PlugIn, script: Script, engines: ReadonlyMap<string, EngineLife | (() => EngineLife)> = new Map()): PlugIn {
  const act = async <T>(call: Call, component: Component, version: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T | { readonly ok: false; readonly failure: Failure }> => {
    const row = script.get(`${call} ${component.id}`) ?? script.get(call);
    const behaviour = typeof row === 'function' ? row() : row;
    if (behaviour === 'die-before') throw new Died(`${call} of ${component.id}`);
    if (behaviour === 'bug') throw new Bug(`${call} of ${component.id}`);
    if (behaviour === 'hang-deaf') await new Promise(() => undefined);
    if (behaviour === 'hang') {
      await new Promise((done) => signal?.addEventListener('abort', done, { once: true }));
      return failureOf(call, component, version);
    }
    if (behaviour === 'fail') {
      // a swap or a confirmation that fails may have done its work
      if (call === 'swap' || call === 'confirm') await work();
      return failureOf(call, component, version);
    }
    const done = await work();
    if (behaviour === 'die-after') throw new Died(`${call} of ${component.id}`);
    return done;
  };
  const by = (call: Call, job: Job) => <T>(work: () => Promise<T>) => act(call, job.component, job.next.version, work, job.signal);
  return {
    id: 'scripted',
    inventory: (component, depth, signal) => act('inventory', component, '', () => real.inventory(component, depth, signal), signal),
    license: (component, release) => act('license', component, release.version, () => real.license(component, release)),
    check: (component, release) => act('check', component, release.version, () => real.check(component, release)),
    test: (job) => by('test', job)(() => real.test(job)),
    swap: (job) => by('swap', job)(() => real.swap(job)),
    confirm: (job) => by('confirm', job)(() => real.confirm(job)),
    restore: (job) => by('restore', job)(() => real.restore(job)),
    finish: (job) => by('finish', job)(() => real.finish(job)),
    alive: async ({ id }) => {
      const life = engines.get(id) ?? { kind: 'none' };
      return typeof life === 'function' ? life() : life;
    },
  };
}
