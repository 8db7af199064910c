// runtimes: node
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fail, type Failure, type Job, ok, type Outcome, type PlugIn, type Remarks } from '../../src/model/index.ts';
import { createPlugIns } from '../../src/plugins/index.ts';
import { lockState } from '../../src/state/index.ts';
import { type EngineWorld, HOUR_MS, part, worldOf } from './world.ts';
import { must } from '../support/outcome.ts';

const test = suite('content that must do work of its own');
const PROVING = { plugIn: 'proving' };
const unproven = (job: Job) => fail('agent-not-proven', { component: job.component.id, version: job.next.version, problem: 'as the test wants' });

/** A machine with release 1 of `alpha`, whose plug-in lets content prove itself as `answer` says, while the server offers `versions`. */
async function machine(answer: (job: Job) => Promise<Outcome<Remarks | undefined, Failure>>, versions: readonly string[] = ['2.0']): Promise<EngineWorld> {
  const world = await worldOf({ alpha: PROVING, beta: {} });
  const files = createPlugIns(world.ports).get('files');
  if (files === undefined) throw new Error('no files');
  const proving: PlugIn = { ...files, id: 'proving', prove: async (job) => (job.next.sequence === 1 ? ok() : answer(job)) };
  world.extraPlugIns = [proving];
  await world.settle();
  for (const version of versions) await world.publish('alpha', version);
  return world;
}

test('it is asked while nobody holds the lock, after everything else, and its notes are told', async () => {
  const seen: string[] = [];
  const world = await machine(async (job) => {
    const lock = must(lockState(world.ports, world.state, 'the content itself', 0));
    lock.release();
    seen.push(`${job.component.installed?.version} at ${job.component.installPath === world.live('alpha')}`);
    return ok({ notes: ['it works'] });
  });
  await world.publish('beta', '2.0');
  const document = await world.run();
  assert.equal([document.code, part(document, 'alpha').action, part(document, 'beta').action], [0, 'updated', 'updated'], JSON.stringify(document.errors));
  assert.equal(seen, ['2.0 at true']);
  assert.ok(document.notes.includes('it works'));
  assert.is((await world.run()).outcome, 'current', 'and it is asked once');
});

test('what does not prove itself is taken back in the same run: 12, left alone, and the other is updated', async () => {
  const world = await machine(async (job) => unproven(job));
  await world.publish('beta', '2.0');
  const document = await world.run();
  assert.equal([document.code, part(document, 'alpha').action, part(document, 'alpha').after?.version, part(document, 'beta').action], [16, 'rolled-back', '1.0', 'updated']);
  assert.equal(document.errors.map((e) => [e.code, e.component, e.stage]), [[12, 'alpha', 'probation']]);
  const next = await world.run();
  assert.equal([next.code, part(next, 'alpha').reason?.code], [0, 'quarantined']);
});

test('a release that failed is not tried again because a newer one failed after it', async () => {
  const world = await machine(async (job) => unproven(job));
  await world.run();
  await world.publish('alpha', '3.0');
  const document = await world.run();
  assert.equal([part(document, 'alpha').action, part(document, 'alpha').after?.version], ['rolled-back', '1.0']);
  const next = await world.run();
  assert.equal([next.code, part(next, 'alpha').after?.version, part(next, 'alpha').reason?.code], [0, '1.0', 'quarantined']);
});

test('a run that is stopped meanwhile takes nothing back and condemns nothing', async () => {
  const stop = new AbortController();
  const world = await machine(async () => {
    stop.abort();
    return fail('interrupted', { signal: 'SIGTERM' });
  });
  const document = await world.run({ signal: stop.signal });
  assert.equal([document.code, part(document, 'alpha').after?.version, part(document, 'alpha').probation === null], [130, '2.0', false]);
  assert.is(document.errors.length, 1);
  const next = await world.run();
  assert.equal([next.code, part(next, 'alpha').after?.version], [0, '2.0']);
});

test('another run that begins meanwhile is waited for, and the document is kept all the same', async () => {
  const world = await machine(async (job) => {
    const lock = must(lockState(world.ports, world.state, 'another run', 0));
    // waits cost no time here: some turns later the other run has ended
    void (async () => {
      for (let turn = 0; turn < 30; turn++) await undefined;
      lock.release();
    })();
    return unproven(job);
  });
  const document = await world.run();
  assert.equal([part(document, 'alpha').action, part(document, 'alpha').after?.version], ['rolled-back', '1.0']);
});

for (const what of ['proven', 'unproven'] as const) {
  test(`a run that is stopped while it waits for another run to end is 130, and says that its result is not kept (${what})`, async () => {
    const stop = new AbortController();
    let lock: ReturnType<typeof lockState> | undefined;
    const world = await machine(async (job) => {
      lock = lockState(world.ports, world.state, 'another run', 0);
      // waits cost no time here: some turns later, in the middle of them
      void (async () => {
        for (let turn = 0; turn < 30; turn++) await undefined;
        stop.abort();
      })();
      return what === 'proven' ? ok() : unproven(job);
    });
    const before = world.status().last?.runId;
    const document = await world.run({ signal: stop.signal });
    if (lock !== undefined) must(lock).release();
    assert.equal([document.code, part(document, 'alpha').after?.version], [130, '2.0']);
    assert.match(document.notes.join('\n'), /This result is not kept in the history: Interrupted by SIGTERM/);
    assert.is(world.status().last?.runId, before);
  });
}

test('policy that asks for no probation is overruled for it: there must be a way back', async () => {
  const world = await machine(async (job) => unproven(job));
  world.policy({ probation: { minutes: 0 } });
  const document = await world.run();
  assert.equal([part(document, 'alpha').action, part(document, 'alpha').after?.version], ['rolled-back', '1.0']);
});

test('where the new one keeps its state in a later form, the old one lets it be', async () => {
  const world = await machine(async () => {
    const database = must(world.ports.sql.open(join(world.state, 'state.db')));
    must(database.script("UPDATE part SET schema = 99 WHERE name = 'history'"));
    database.close();
    return ok();
  });
  const document = await world.run();
  assert.equal([document.code, part(document, 'alpha').after?.version], [0, '2.0']);
  assert.ok(document.notes.some((note) => /keeps its state in a later form/.test(note)), document.notes.join());
  assert.equal(readdirSync(world.state).filter((name) => name.includes('.bad-')), [], 'nothing was set aside');
});

test('an agent does not grow stale, and waits for no run because of its age', async () => {
  const world = await worldOf({ alpha: { type: 'agent' }, beta: {} });
  await world.settle();
  world.ports.at += 100 * 24 * HOUR_MS;
  const document = await world.run();
  assert.is(part(document, 'alpha').freshness, null);
});

test.run();
