import { spawnSync } from 'node:child_process';
import { linkSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';
import { type Behaviour, builtVersion, noBinaries, shim, stamped } from '../support/agent-binaries.ts';
import { StoryDaemon } from '../support/daemon.ts';
import { temporaryFolder } from '../support/repository.ts';
import { installedAt, type Runtime } from '../support/runtimes.ts';
import { saySkipped } from '../support/skip.ts';
import { type Machine, part, StoryWorld, told, wordsOf } from '../support/story-world.ts';
import { until } from '../support/until.ts';

const test = suite('agent daemon stories');
const missing = noBinaries();
if (missing !== undefined) console.log(`SKIP: agent daemon stories: ${missing}`);
const folder = temporaryFolder('agent-daemon');
const OLD = missing === undefined ? builtVersion() : '';
const NEW = OLD.replace(/\d$/, (digit) => String(Number(digit) + 1));

/** The built binary, installed and registered, and content beside it. */
async function installed(world: StoryWorld): Promise<{ readonly machine: Machine; readonly path: string; readonly rt: Runtime }> {
  const path = join(temporaryFolder('installed'), 'glued');
  linkSync(at('dist', 'glued'), path);
  const rt = installedAt(path);
  const machine = world.machine(rt).register('demo').policy({ verify: { timeoutSeconds: 120 } });
  const added = await machine.glued(['registry', 'add', 'glued', '--type', 'agent', '--plugin', 'agent', '--path', path, '--adopt', '--state', machine.state]);
  assert.is(added.code, 0, added.stdout + added.stderr);
  await world.release('demo', '1.0');
  return { machine, path, rt };
}

/** Publishes an agent that behaves so, and content beside it. */
async function publish(world: StoryWorld, behaviour: Behaviour): Promise<void> {
  world.repo.ports.at += 1000;
  await world.repo.publish('glued', {}, { version: NEW, path: shim(folder, behaviour, stamped(folder, NEW)), deltas: 0 });
  await world.release('demo', '2.0');
}

/** Processes that were started with this text in their arguments. */
function processesOf(text: string): readonly number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      return pid !== process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
    } catch {
      return false;
    }
  });
}

if (missing === undefined) {
  test('the daemon becomes the new agent between two commands: the same process, its log goes on, no command is lost', async () => {
    const world = await StoryWorld.make('demo', 'glued');
    const { machine } = await installed(world);
    const daemon = await StoryDaemon.start(machine);
    await until(() => daemon.events('command-ended').length === 1);
    await publish(world, 'GOOD');
    const ids = [await daemon.run(), await daemon.run(), await daemon.run({ components: ['demo'] })];
    await until(() => daemon.events('daemon-started').length === 2);
    assert.equal(daemon.events('command-ended').slice(1).map((e) => [e['id'], e['code']]), ids.map((id) => [id, 0]), 'all three ended before');
    await until(async () => (await daemon.status().catch(() => undefined))?.daemon.version === NEW);
    assert.equal(daemon.events('daemon-started').map((e) => [e['version'], e['pid']]), [[OLD, daemon.pid], [NEW, daemon.pid]]);
    const { last } = await daemon.status();
    assert.is(last?.components.find((c) => c.id === 'glued')?.after?.version, NEW);
    await world.release('demo', '3.0');
    const next = await machine.expect(0);
    assert.equal([next.agent.version, part(next).after?.version], [NEW, '3.0'], 'the new one works');
    const history = await machine.glued(['history', 'demo', '--json', '--state', machine.state]);
    assert.ok(history.stdout.includes('"1.0"') && history.stdout.includes('"3.0"'), 'and knows what the old one did');
    const end = await daemon.stop();
    assert.equal([end.code, end.signal], [0, null], end.stderr);
    machine.end();
    world.end();
  });

  test('where a service manager keeps the socket, the daemon leaves it one request more, for which the new agent is started', async () => {
    const world = await StoryWorld.make('demo', 'glued');
    const { machine } = await installed(world);
    const manager = await StoryDaemon.start(machine, { under: ['python3', at('test', 'support', 'keeps-socket.py'), StoryDaemon.socketOf(machine)] });
    await until(() => manager.events('command-ended').length === 1);
    await publish(world, 'GOOD');
    await manager.run();
    // nobody asks on the socket here
    await until(() => manager.events('daemon-started').length === 2);
    const starts = manager.events('daemon-started');
    assert.equal(starts.map((e) => [e['version'], e['socket']]), [[OLD, 'descriptor 3'], [NEW, 'descriptor 3']]);
    assert.is.not(starts[0]?.['pid'], starts[1]?.['pid'], 'a socket that was handed over is handed over to one process');
    assert.is((await manager.status()).daemon.version, NEW, 'it answers, although nobody waits for its first answer');
    if (spawnSync('systemd-notify', ['--version']).error !== undefined) saySkipped('systemd-notify is not here (Debian: systemd)');
    else await until(() => readFileSync(`${manager.socket}.notified`, 'utf8').match(/^READY=1$/gm)?.length === 2);
    const end = await manager.stop();
    assert.equal([end.code, end.signal], [0, null], end.stderr);
    machine.end();
    world.end();
  });

  test('an agent that crashes in its first run never gets the daemon, which goes on with content', async () => {
    const world = await StoryWorld.make('demo', 'glued');
    const { machine } = await installed(world);
    const daemon = await StoryDaemon.start(machine);
    await until(() => daemon.events('command-ended').length === 1);
    await publish(world, 'CRASHES_AT_WORK');
    const { document } = await machine.run();
    assert.equal([part(document, 'glued').action, part(document).after?.version], ['rolled-back', '2.0'], JSON.stringify(document.errors));
    await world.release('demo', '3.0');
    const next = await machine.expect(0);
    assert.equal([next.agent.version, part(next).after?.version], [OLD, '3.0']);
    // it went there and back under one name: the file is another one, the program the same
    await daemon.quiet();
    assert.equal([...new Set(daemon.events('daemon-started').map((e) => `${e['version']} ${e['pid']}`))], [`${OLD} ${daemon.pid}`]);
    assert.is((await daemon.stop()).code, 0);
    machine.end();
    world.end();
  });

  test('the old process is killed while the new agent hangs: the agent before, started by its own name, puts itself back, without a network', async () => {
    const world = await StoryWorld.make('demo', 'glued');
    const { machine, path } = await installed(world);
    const before = readFileSync(path).length;
    await machine.expect(0);
    await publish(world, 'HANGS_AT_WORK');
    let old = 0;
    const running = machine.glued(['run', '--json', '--no-input', ...machine.place], { settings: { started: (pid) => (old = pid), timeoutMs: 110_000 } });
    const hanging = (): readonly number[] => processesOf('--no-daemon').filter((pid) => processesOf(machine.state).includes(pid));
    await until(() => hanging().length > 0);
    process.kill(old, 'SIGKILL');
    await running;
    for (const pid of hanging()) process.kill(pid, 'SIGKILL');
    world.server.close();
    const previous = installedAt(join(path, '..', '.glued-glued', 'previous'));
    const recovered = told(await previous.run(['recover', '--json', ...machine.place], { cwd: machine.folder }));
    assert.equal([recovered.document.errors.map((e) => e.code), part(recovered.document, 'glued').action, part(recovered.document, 'glued').after?.version], [[12], 'rolled-back', OLD], recovered.stdout);
    assert.match(wordsOf(recovered.document), /the service manager started \S+\/previous because \S+\/glued failed/);
    assert.is(readFileSync(path).length, before, 'the built binary is back');
    const again = told(await previous.run(['recover', '--json', ...machine.place], { cwd: machine.folder }));
    assert.equal([again.code, again.document.components.map((c) => c.id)], [0, ['demo']], 'only the content is on probation still');
    machine.end();
    world.end();
  });

  test.run();
}
