import { linkSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';
import { floor } from '../../src/publisher/index.ts';
import { type Behaviour, builtVersion, forArm, noBinaries, shim, spoilt, stamped } from '../support/agent-binaries.ts';
import { must, temporaryFolder } from '../support/repository.ts';
import { runtimes } from '../support/runtimes.ts';
import { type Machine, part, StoryWorld, told, wordsOf } from '../support/story-world.ts';

const test = suite('agent stories');
const missing = noBinaries();
if (missing !== undefined) console.log(`SKIP: agent stories: ${missing}`);
const folder = temporaryFolder('agents');
const OLD = missing === undefined ? builtVersion() : '';
const NEW = OLD.replace(/\d$/, (digit) => String(Number(digit) + 1));

/** A machine that keeps itself up to date, and one component of content beside it. */
async function agentMachine(world: StoryWorld, rt: ReturnType<typeof runtimes>[number], policy: Readonly<Record<string, unknown>> = {}): Promise<Machine> {
  const machine = world.machine(rt).register('demo').policy(policy);
  linkSync(shim(folder, 'GOOD', at('dist', 'glued')), machine.live('glued'));
  const added = await machine.glued(['registry', 'add', 'glued', '--type', 'agent', '--plugin', 'agent', '--path', machine.live('glued'), '--adopt', '--state', machine.state]);
  assert.is(added.code, 0, `${added.stdout}${added.stderr}`);
  return machine;
}

/** `on`: the runtimes of the old agent that watches; all where it does not say. */
type Bad = { readonly name: string; readonly make: () => string; readonly says: RegExp; readonly on?: readonly string[] };
const good = (): string => shim(folder, 'GOOD', stamped(folder, NEW));
const misbehaving = (behaviour: Behaviour): string => shim(folder, behaviour, stamped(folder, NEW));

/** Releases that must not get as far as the install path. */
const UNFIT: readonly Bad[] = [
  { name: 'a script', make: () => spoilt(good(), 'script', () => Buffer.from('#!/bin/sh\nexec /bin/true\n')), says: /it is no ELF, Mach-O or PE program/, on: ['node', 'binary'] },
  { name: 'another processor', make: () => spoilt(good(), 'arm', forArm), says: /it is a program for linux on arm64, and this machine is linux on x64/, on: ['deno', 'binary'] },
  { name: 'half a program', make: () => spoilt(good(), 'half', (bytes) => bytes.subarray(0, 4096)), says: /when asked for its version|could not be started/, on: ['binary'] },
  { name: 'an older one under a new number', make: () => shim(folder, 'GOOD', at('dist', 'glued')), says: new RegExp(`it says that it is glued ${OLD}, and its release says ${NEW}`), on: ['node', 'binary'] },
  { name: 'one that crashes', make: () => misbehaving('CRASHES'), says: /it was ended by SIG\w+ when trying a dry run|exit status 134/, on: ['deno', 'binary'] },
  { name: 'one that hangs', make: () => misbehaving('HANGS'), says: /it did not end within \d+ seconds when trying a dry run on a copy of the state, and was killed/, on: ['binary'] },
  { name: 'one that forgets its state', make: () => misbehaving('FORGETS'), says: /it forgot the component demo/, on: ['node', 'binary'] },
];

/** Releases that qualify and are put in place, and that only then show what they are. */
const UNPROVEN: readonly Bad[] = [
  { name: 'one that crashes where it is installed', make: () => misbehaving('CRASHES_WHEN_INSTALLED'), says: /does not run from \S+\/live\/glued: it was ended by SIGABRT|does not run .* exit status 134/, on: ['node'] },
  { name: 'one that says nothing in its first run', make: () => misbehaving('FAILS_AT_WORK'), says: /did not prove itself: it printed no valid glued\.run\/1 document when making its first run/, on: ['deno'] },
  { name: 'one that crashes in its first run', make: () => misbehaving('CRASHES_AT_WORK'), says: /did not prove itself: it was ended by SIGABRT when making its first run/, on: ['binary'] },
  { name: 'one that forgets its state in its first run', make: () => misbehaving('FORGETS_AT_WORK'), says: /did not prove itself: its run failed with 64 \(usage\)/, on: ['binary'] },
  { name: 'one that hangs in its first run', make: () => misbehaving('HANGS_AT_WORK'), says: /did not prove itself: it did not end within \d+ seconds when making its first run, and was killed/, on: ['binary'] },
];

const onRuntime = (name: string, bad: readonly Bad[]): readonly Bad[] => bad.filter(({ on }) => on?.includes(name) ?? true);

/** Publishes a program as the agent's next release, and content beside it. */
async function publishBoth(world: StoryWorld, n: number, program: string, version: string): Promise<void> {
  world.repo.ports.at += 1000;
  await world.repo.publish('glued', {}, { version, path: program, deltas: 0 });
  await world.release('demo', `${n}.0`);
}

/** Its first run is waited for so long; all of the trial before it must fit in as well. */
const HANG_SECONDS = 12;

for (const rt of missing === undefined ? runtimes() : []) {
  test(`${rt.name}: an agent that goes wrong once it is in place is gone when the run ends, and the one before goes on`, async () => {
    const world = await StoryWorld.make('demo', 'glued');
    try {
      const machine = await agentMachine(world, rt, { verify: { timeoutSeconds: HANG_SECONDS } });
      const before = machine.digest('glued');
      for (const [i, { name, make, says }] of onRuntime(rt.name, UNPROVEN).entries()) {
        await publishBoth(world, i + 1, make(), NEW);
        const { document } = await machine.run();
        const agent = document.errors.find((e) => e.component === 'glued');
        assert.is(agent?.code, 12, `${name}: ${JSON.stringify(document, null, 1)}`);
        assert.match(agent?.text ?? '', says, name);
        assert.equal([part(document, 'glued').action, part(document, 'glued').after?.sequence, part(document).action], ['rolled-back', 0, 'updated'], name);
        assert.is(machine.digest('glued'), before, name);
        const next = await machine.expect(0);
        assert.equal([part(next, 'glued').action, part(next, 'glued').reason?.code, part(next).action], ['skipped', 'quarantined', 'current'], name);
        const log = readFileSync(machine.file('log', 'glued.log'), 'utf8');
        assert.ok(log.startsWith('{'), 'the log goes on in the same file');
      }
    } finally {
      world.end();
    }
  });

  test(`${rt.name}: no agent that does not qualify is ever active, and content is updated in the same runs; a good one then is`, async () => {
    const world = await StoryWorld.make('demo', 'glued');
    try {
      // one policy for all, or the quarantine of those before ends; short where one hangs
      const machine = await agentMachine(world, rt, { verify: { timeoutSeconds: rt.name === 'binary' ? 8 : 120 } });
      const before = machine.digest('glued');
      await world.release('demo', '1.0');
      await machine.expect(0);
      for (const [i, { name, make, says }] of onRuntime(rt.name, UNFIT).entries()) {
        await publishBoth(world, i + 2, make(), NEW);
        const { document } = await machine.run();
        const agent = document.errors.find((e) => e.component === 'glued');
        assert.is(agent?.code, 11, `${name}: ${JSON.stringify(document, null, 1)}`);
        assert.match(agent?.text ?? '', says, name);
        assert.equal([part(document).action, part(document).after?.version], ['updated', `${i + 2}.0`], name);
        assert.is(machine.digest('glued'), before, name);
      }
      const still = await machine.expect(0);
      assert.equal([part(still, 'glued').action, part(still, 'glued').reason?.code], ['skipped', 'quarantined'], 'and none is tried again');
      machine.policy({ verify: { timeoutSeconds: 120 } });
      // once the whole executable, as it is released; its stand-in otherwise
      await publishBoth(world, 20, rt.name === 'binary' ? stamped(folder, NEW) : good(), NEW);
      const done = await machine.expect(0);
      assert.equal([part(done, 'glued').action, part(done, 'glued').before?.sequence, part(done, 'glued').after?.version], ['updated', 0, NEW]);
      assert.is(part(done).after?.version, '20.0');
      assert.ok(done.notes.some((note) => /glued \S+ made its first run from \S+: current/.test(note)), done.notes.join('\n'));
      const built = machine.digest('glued');
      const update = part(done, 'glued');
      if (rt.name === 'binary') console.log(`\nNOTE: the executable came as ${update.bytes.downloaded} bytes, qualified in ${update.stages.find((s) => s.stage === 'testing')?.ms} ms and made its first run in ${update.stages.find((s) => s.stage === 'prove')?.ms} ms`);
      if (rt.name === 'node') {
        const back = told(await machine.glued(['rollback', 'glued', '--json', ...machine.place]));
        assert.equal([back.code, part(back.document, 'glued').after?.version, machine.digest('glued')], [0, OLD, before], back.stdout);
        assert.is(part(await machine.expect(0), 'glued').reason?.code, 'quarantined', 'the one that it left stays away');
        assert.is(part(await machine.expect(0, ['--force']), 'glued').after?.version, NEW);
      }
      must(await floor(world.repo.ports, { dir: world.repo.dir, version: NEW }));
      assert.is((await machine.expect(0)).outcome, 'current');
      const refused = told(await machine.glued(['rollback', 'glued', '--json', ...machine.place]));
      assert.equal([refused.code, machine.digest('glued')], [13, built], refused.stdout);
      assert.match(wordsOf(refused.document), new RegExp(`The agent to go back to, glued ${OLD}, is older than the publisher lets any machine have: ${NEW} is the oldest`));
    } finally {
      world.end();
    }
  });
}

if (missing === undefined) test.run();
