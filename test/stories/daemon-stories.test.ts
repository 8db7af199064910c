import { existsSync, readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lockState } from '../../src/state/index.ts';
import { StoryDaemon } from '../support/daemon.ts';
import { must } from '../support/outcome.ts';
import { runtimes } from '../support/runtimes.ts';
import { type Machine, part, StoryWorld, told, wordsOf } from '../support/story-world.ts';
import { until } from '../support/until.ts';

const test = suite('daemon stories');
const world = await StoryWorld.make('demo');
await world.release('demo', '1.0');
await world.release('demo', '2.0', { bytes: randomBytes(300_000) });
test.after(() => world.end());
test.before.each(() => {
  world.server.fault = () => undefined;
});

const PACKAGE = /^\/packages\//;
const stuck = (): void => {
  world.server.fault = (path) => (PACKAGE.test(path) ? { kind: 'stuck', bytes: 200_000 } : undefined);
};

/** A machine at 1.0, whose policy would have 2.0 now. */
async function behind(machine: Machine): Promise<Machine> {
  machine.register('demo').policy({ components: { demo: { pin: '1.0' } } });
  await machine.expect(0);
  return machine.policy();
}

for (const rt of runtimes()) {
  test(`${rt.name}: a daemon runs at once where no run was made; glued run goes through it; a second one is 23; SIGTERM ends it with 0`, async () => {
    const machine = world.machine(rt).register('demo');
    const daemon = await StoryDaemon.start(machine);
    await until(() => daemon.events('command-ended').length === 1);
    assert.equal(daemon.events('command-started').map((e) => e['trigger']), ['schedule']);
    // what `top` shows and `killall` takes
    if (rt.name !== 'deno') assert.is(readFileSync(`/proc/${daemon.pid}/comm`, 'utf8'), 'glued\n');
    assert.is((await daemon.status()).last?.components[0]?.after?.version, '2.0');
    const document = await machine.expect(0);
    assert.equal([part(document).action, part(document).after?.version], ['current', '2.0']);
    assert.equal(daemon.events('command-started').map((e) => e['trigger']), ['schedule', 'command'], 'it was the daemon that ran');
    const second = await machine.glued(['daemon', ...machine.place]);
    assert.is(second.code, 23);
    assert.match(second.stderr, new RegExp(`pid ${daemon.pid}`));
    const text = await machine.glued(['run', '--no-input', ...machine.place]);
    assert.equal([text.code, /1 current/.test(text.stdout)], [0, true], text.stdout);
    assert.is((await machine.glued(['run', '--component', 'nobody', '--quiet', ...machine.place])).code, 64);
    // what has other daemons open their log anew must not have Node open a debugger's port
    daemon.kill('SIGUSR1');
    const end = await daemon.stop();
    assert.equal([end.code, end.stdout, end.stderr], [0, '', '']);
    assert.not(existsSync(daemon.socket));
    await machine.expect(0);
    assert.is(daemon.events('command-started').length, 4, 'without a daemon it ran by itself');
    machine.end();
  });

  test(`${rt.name}: a daemon that was started again asks no server before it is due`, async () => {
    const machine = world.machine(rt).register('demo');
    await machine.expect(0);
    const asked = world.server.asked.length;
    const daemon = await StoryDaemon.start(machine);
    await until(async () => (await daemon.status()).daemon.next.at !== null);
    assert.equal((await daemon.status()).daemon.state, 'idle');
    await daemon.stop();
    assert.is(world.server.asked.length, asked);
    machine.end();
  });

  test(`${rt.name}: SIGTERM during a download ends it with 0 within 10 seconds; old content stays, and the next run goes on from there`, async () => {
    const machine = await behind(world.machine(rt));
    const before = machine.digest();
    stuck();
    const daemon = await StoryDaemon.start(machine);
    const asked = world.server.whenAsked(PACKAGE);
    await daemon.run();
    await asked;
    await until(() => existsSync(machine.file('cache', 'partial')));
    const from = performance.now();
    const end = await daemon.stop();
    const ms = Math.round(performance.now() - from);
    assert.equal([end.code, ms < 10_000], [0, true], `${ms} ms`);
    console.log(`\nNOTE: ${rt.name}: SIGTERM during a download: ended in ${ms} ms`);
    assert.is(machine.digest(), before);
    world.server.fault = () => undefined;
    assert.is(part(await machine.expect(0)).after?.version, '2.0');
    machine.end();
  });

  test(`${rt.name}: after kill -9 in the middle of a run whoever waited has 15, and the next daemon takes the socket over and recovers`, async () => {
    const machine = await behind(world.machine(rt));
    const before = machine.digest();
    stuck();
    const killed = await StoryDaemon.start(machine);
    const asked = world.server.whenAsked(PACKAGE);
    const waiting = machine.run();
    await asked;
    killed.kill('SIGKILL');
    assert.is((await killed.end).signal, 'SIGKILL');
    const { document } = await waiting;
    assert.equal([document.code, document.codeName], [15, 'daemon-unreachable']);
    assert.is(machine.digest(), before);
    assert.ok(existsSync(killed.socket), 'a dead daemon leaves its socket behind');
    world.server.fault = () => undefined;
    const daemon = await StoryDaemon.start(machine);
    assert.is(part(await machine.expect(0)).after?.version, '2.0');
    assert.is((await daemon.status()).daemon.pid, daemon.pid);
    await daemon.stop();
    machine.end();
  });

  test(`${rt.name}: Ctrl-C on glued run cancels the daemon's command: 130 with one document, and the daemon lives on`, async () => {
    const machine = await behind(world.machine(rt));
    const before = machine.digest();
    stuck();
    const daemon = await StoryDaemon.start(machine);
    let pid = 0;
    const asked = world.server.whenAsked(PACKAGE);
    const running = machine.run([], { settings: { started: (p) => (pid = p) } });
    await asked;
    // one more waits behind it, and is taken out of the queue
    const waiting = await daemon.run();
    assert.equal([(await daemon.ask('POST', '/v1/cancel', JSON.stringify({ commandId: waiting }))).status, (await daemon.status()).daemon.queue], [200, []]);
    process.kill(pid, 'SIGINT');
    const { document } = await running;
    assert.equal([document.code, document.codeName], [130, 'interrupted']);
    assert.match(wordsOf(document), /a request to cancel it/);
    assert.is(machine.digest(), before);
    await daemon.quiet();
    assert.is((await daemon.ask('POST', '/v1/cancel', '')).status, 404, 'nothing runs any more');
    world.server.fault = () => undefined;
    assert.is(part(await machine.expect(0)).after?.version, '2.0');
    assert.is((await daemon.stop()).code, 0);
    machine.end();
  });

  test(`${rt.name}: Ctrl-C while the daemon waits for the run lock of another process is 130, not 23`, async () => {
    const machine = await behind(world.machine(rt));
    const daemon = await StoryDaemon.start(machine);
    const lock = must(lockState(world.repo.ports, machine.state, 'another run', world.repo.ports.at));
    let pid = 0;
    const running = machine.run([], { settings: { started: (p) => (pid = p) } });
    await until(async () => (await daemon.status()).daemon.running !== null);
    process.kill(pid, 'SIGINT');
    const { document } = await running;
    lock.release();
    assert.equal([document.code, document.errors.map((e) => e.name)], [130, ['interrupted']]);
    await daemon.quiet();
    assert.is((await daemon.stop()).code, 0);
    machine.end();
  });

  test(`${rt.name}: a policy that changes is noticed; one that cannot be used ends no daemon, only its runs, with 21`, async () => {
    const machine = world.machine(rt).register('demo').policy({ id: 'first' });
    const daemon = await StoryDaemon.start(machine);
    await daemon.quiet();
    machine.policy({ id: 'second', schedule: { everyMinutes: 7 } });
    await until(() => daemon.events('policy-changed').length === 1);
    assert.is(daemon.events('policy-changed')[0]?.['id'], 'second');
    assert.is((await machine.expect(0)).policy.id, 'second');
    machine.policy({ nonsense: true });
    assert.is((await machine.expect(21)).codeName, 'policy-invalid');
    await until(async () => (await daemon.status()).daemon.policy.problem !== null);
    assert.match((await daemon.status()).daemon.policy.problem ?? '', /nonsense/);
    machine.policy({ id: 'third' });
    assert.is((await machine.expect(0)).policy.id, 'third');
    await until(async () => (await daemon.status()).daemon.policy.problem === null);
    assert.is(daemon.events('daemon-started').length, 1);
    // SIGHUP reads it again, and ends nothing
    daemon.kill('SIGHUP');
    await machine.expect(0);
    await daemon.stop();
    machine.end();
  });

  test(`${rt.name}: another policy than the daemon's is not the daemon's work`, async () => {
    const machine = world.machine(rt).register('demo');
    await machine.expect(0);
    const daemon = await StoryDaemon.start(machine);
    const { document } = told(await machine.glued(['run', '--json', '--no-input', ...machine.place, '--insecure-policy']));
    assert.is(document.code, 0);
    assert.is(daemon.events('command-started').length, 0, 'it ran by itself, under the run lock');
    await daemon.stop();
    machine.end();
  });

  test(`${rt.name}: rollback goes through the daemon's queue too`, async () => {
    const machine = await behind(world.machine(rt));
    await machine.expect(0);
    const daemon = await StoryDaemon.start(machine);
    const end = told(await machine.glued(['rollback', 'demo', '--json', ...machine.place]));
    assert.equal([end.code, part(end.document).after?.version], [0, '1.0']);
    assert.equal(daemon.events('command-started').map((e) => e['kind']), ['rollback']);
    await daemon.stop();
    machine.end();
  });

  test(`${rt.name}: a content test that hangs is killed at policy's limit and named; old content stays, and the daemon goes on`, async () => {
    const machine = world.machine(rt).policy({ components: { demo: { pin: '1.0' } } });
    machine.test('demo', `grep -q '^demo 1.0' "$1/rules.db" && exit 0\nexec sleep 300`);
    await machine.expect(0);
    machine.policy({ verify: { timeoutSeconds: 1 } });
    const daemon = await StoryDaemon.start(machine);
    const document = await machine.expect(11);
    assert.equal([part(document).action, part(document).after?.version], ['failed', '1.0']);
    assert.match(wordsOf(document), /1 s/);
    machine.policy({ components: { demo: { pin: '1.0' } } });
    assert.is(part(await machine.expect(0)).after?.version, '1.0');
    assert.equal([daemon.events('daemon-started').length, (await daemon.stop()).code], [1, 0]);
    machine.end();
  });
}

test.run();
