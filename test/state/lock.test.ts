import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { saySkipped } from '../support/skip.ts';
import { failureExit, failureText } from '../../src/model/index.ts';
import { lockDaemon, lockState } from '../../src/state/index.ts';
import { cleanUp, must, newDir, NOW, ports, why, withState } from './world.ts';

test('who holds a lock is for those to read who may ask: doctor for anybody, a second daemon for its own user; the locks are private', () => {
  const dir = newDir();
  const locks = [must(lockState(ports, dir, 'run', NOW)), must(lockDaemon(ports, dir, NOW))];
  const modes = ['lock.json', 'lock.db', 'daemon.json', 'daemon.db'].map((name) => `${name} ${(statSync(join(dir, name)).mode & 0o777).toString(8)}`);
  for (const lock of locks) lock.release();
  assert.equal(modes, ['lock.json 644', 'lock.db 600', 'daemon.json 600', 'daemon.db 600']);
});

const holder = fileURLToPath(new URL('./holder.ts', import.meta.url));
const node = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));
const deno = fileURLToPath(new URL('../../node_modules/.bin/deno', import.meta.url));

async function hold(dir: string, runtime: readonly string[], what = ''): Promise<{ readonly child: ChildProcess; readonly ended: Promise<unknown> }> {
  const [program = '', ...argv] = runtime;
  const child = spawn(program, [...argv, holder, dir, what], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  const said = await new Promise<string>((resolve) => child.stdout?.once('data', (chunk) => resolve(String(chunk))));
  assert.is(said.trim(), 'held');
  return { child, ended };
}

for (const [name, runtime] of [['Node', [node, '--expose-gc']], ['Deno', [deno, 'run', '-A', '--v8-flags=--expose-gc']]] as const) {
  test(`a lock held by another process on ${name} is 23 at once, names it, and dies with kill -9`, async () => {
    const dir = newDir();
    const { child, ended } = await hold(dir, runtime);
    const from = performance.now();
    const refused = lockState(ports, dir, 'run', NOW);
    // SQLite's own patience would be seconds
    assert.ok(performance.now() - from < 2000);
    assert.not.ok(refused.ok);
    if (refused.ok) return;
    assert.is(failureExit(refused.failure), 23);
    const holderPid: unknown = JSON.parse(readFileSync(join(dir, 'lock.json'), 'utf8'))['pid'];
    assert.is(refused.failure.data['pid'], holderPid);
    // node_modules/.bin may be a launcher that hands over to the runtime
    if (runtime[0] === node) assert.is(holderPid, child.pid);
    assert.match(failureText(refused.failure), /run --component demo/);
    process.kill(Number(holderPid), 'SIGKILL');
    await ended;
    assert.ok(existsSync(join(dir, 'lock.json')), 'the dead left its name behind');
    const taken = must(lockState(ports, dir, 'run', NOW));
    assert.is(JSON.parse(readFileSync(join(dir, 'lock.json'), 'utf8'))['pid'], process.pid);
    taken.release();
    assert.not.ok(existsSync(join(dir, 'lock.json')));
  });
}

test('what a killed process journalled is there for the next one', async () => {
  const dir = newDir();
  const { child, ended } = await hold(dir, [node], 'journal');
  child.kill('SIGKILL');
  await ended;
  const lock = must(lockState(ports, dir, 'run', NOW));
  withState(dir, (state) => {
    const entries = must(state.journal.list());
    assert.equal(entries.map((e) => [e.component, e.stage]), [['demo', 'swapping']]);
    assert.equal(state.notes, []);
  });
  lock.release();
});

test('one process cannot take it twice, and after release anybody can', () => {
  const dir = newDir();
  const first = must(lockState(ports, dir, 'run', NOW));
  assert.is(why(lockState(ports, dir, 'again', NOW)), 'locked');
  first.release();
  first.release();
  const second = must(lockState(ports, dir, 'run', NOW));
  second.release();
});

test('a name left behind blocks nobody, whoever bears its number now', () => {
  const dir = newDir();
  must(lockState(ports, dir, 'run', NOW)).release();
  for (const stale of [JSON.stringify({ pid: 1, command: 'x', since: 'y' }), 'garbage', '']) {
    writeFileSync(join(dir, 'lock.json'), stale);
    must(lockState(ports, dir, 'run', NOW)).release();
  }
});

test('a holder whose name cannot be read is still 23', () => {
  const dir = newDir();
  const held = must(lockState(ports, dir, 'run', NOW));
  for (const name of ['garbage', JSON.stringify({ pid: 4_194_000, command: 'dead', since: 'y' })]) {
    writeFileSync(join(dir, 'lock.json'), name);
    const refused = lockState(ports, dir, 'run', NOW);
    assert.is(why(refused), 'locked-by-unknown');
    if (!refused.ok) assert.is(failureExit(refused.failure), 23);
  }
  held.release();
});

test('garbage in lock.db is emptied in place, so that two processes never lock one file each', () => {
  const dir = newDir();
  must(lockState(ports, dir, 'run', NOW)).release();
  const path = join(dir, 'lock.db');
  writeFileSync(path, 'garbage'.repeat(500));
  const inode = statSync(path).ino;
  const held = must(lockState(ports, dir, 'run', NOW));
  assert.is(statSync(path).ino, inode);
  assert.is(why(lockState(ports, dir, 'run', NOW)), 'locked');
  held.release();
});

test('a lock.db that is no file is 26 and names what to remove', () => {
  for (const plant of [(path: string) => mkdirSync(path), (path: string) => symlinkSync('/etc/passwd', path)]) {
    const dir = newDir();
    mkdirSync(dir);
    plant(join(dir, 'lock.db'));
    assert.is(why(lockState(ports, dir, 'run', NOW)), 'lock-unusable');
  }
});

const UNSAFE = [
  ['a link', (dir: string) => (mkdirSync(`${dir}-real`), symlinkSync(`${dir}-real`, dir))],
  ['a file', (dir: string) => writeFileSync(dir, '')],
  ['a folder that anyone can write', (dir: string) => (mkdirSync(dir), chmodSync(dir, 0o777))],
  ['a folder that its group can write', (dir: string) => (mkdirSync(dir), chmodSync(dir, 0o775))],
  ['a sticky folder that anyone can write', (dir: string) => (mkdirSync(dir), chmodSync(dir, 0o1777))],
] as const;

test('a state folder that others rule over is refused with 26, and nothing is made in it', () => {
  for (const [name, plant] of UNSAFE) {
    const dir = newDir();
    plant(dir);
    const refused = lockState(ports, dir, 'run', NOW);
    assert.is(why(refused), 'state-unsafe', name);
    if (!refused.ok) assert.is(failureExit(refused.failure), 26);
    assert.not.ok(existsSync(join(dir, 'lock.db')), name);
  }
});

test('a state folder of another user is refused', () => {
  if (process.getuid?.() !== 0) return saySkipped('only root can give a folder away');
  const dir = newDir();
  mkdirSync(dir);
  chownSync(dir, 65534, 65534);
  assert.is(why(lockState(ports, dir, 'run', NOW)), 'state-unsafe');
});

test('who may not write the state is told to be root', () => {
  if (process.getuid?.() !== 0) return saySkipped('only root can become another user');
  const dir = newDir();
  must(lockState(ports, dir, 'run', NOW)).release();
  chmodSync(join(dir, '..'), 0o755);
  const ran = spawnSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', node, holder, dir], { encoding: 'utf8' });
  if (ran.error !== undefined) return saySkipped('no setpriv here');
  assert.is(ran.stdout.trim(), 'state-denied', ran.stderr);
});

test.after(cleanUp);
test.run();
