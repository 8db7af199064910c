import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Logged, type Nginx, nginxMissing, SEND_BUFFER_BYTES, startNginx } from '../support/nginx.ts';
import { type Runtime, runtimes } from '../support/runtimes.ts';
import { skip } from '../support/skip.ts';
import { type Machine, part, StoryWorld } from '../support/story-world.ts';

const test = suite('nginx stories');

const PACKAGE_BYTES = 24 * 1024 * 1024;
/** the run is killed when so much of it is on disk; nginx gives the rest slowly */
const KILL_AT = 8 * 1024 * 1024;
/** What may have been sent and not be kept when a process dies: what nginx had given to the kernel, doubled there, and one read that was not yet written. */
const READ_BYTES = 64 * 1024;
const ONE_BUFFER_BYTES = 2 * SEND_BUFFER_BYTES + READ_BYTES;

const PACKAGE = /^\/packages\//;
const sum = (lines: readonly Logged[]): number => lines.reduce((total, line) => total + line.bodyBytes, 0);

/** How much of the package is on the machine's disk now. */
function partialBytes(machine: Machine): number {
  const folder = machine.file('cache', 'partial');
  const sizes = existsSync(folder) ? readdirSync(folder).filter((name) => /^[0-9a-f]{64}$/.test(name)).map((name) => statSync(join(folder, name)).size) : [];
  return Math.max(0, ...sizes);
}

/** Runs, and kills the process with SIGKILL in the middle of the package. Returns what was on disk then. */
async function killedHalfway(machine: Machine): Promise<number> {
  let pid = 0;
  const timer = setInterval(() => {
    if (pid !== 0 && partialBytes(machine) >= KILL_AT) process.kill(pid, 'SIGKILL');
  }, 5);
  const end = await machine.glued(['run', '--json', '--no-input', ...machine.place], { settings: { started: (started) => (pid = started), permissions: machine.permissions(['127.0.0.1']) } });
  clearInterval(timer);
  assert.is(end.signal, 'SIGKILL', `it was not killed: ${end.stdout}${end.stderr}`);
  const kept = partialBytes(machine);
  assert.ok(kept >= KILL_AT && kept < PACKAGE_BYTES, `${kept} bytes were there`);
  return kept;
}

/** The run after it, which must be good, with all that it says. */
async function goesOn(machine: Machine): Promise<void> {
  const end = await machine.run([], { settings: { permissions: machine.permissions(['127.0.0.1']) } });
  assert.is(end.code, 0, `${end.stdout}${end.stderr}`);
  assert.is(part(end.document, 'large').after?.version, '1.0');
  assert.ok(readFileSync(machine.live('large')).equals(content), 'the installed content is not what was published');
}

function stories(rt: Runtime, first: Nginx, second: Nginx, packageFile: string): void {
  const machine = (...servers: readonly Nginx[]): Machine => world.machine(rt).register('large').policy({ servers: servers.map(({ url }) => ({ url })) });
  /** what a server logs of packages while `act` runs; `count` requests for them must come */
  const during = async (server: Nginx, count: number, act: () => Promise<void>): Promise<readonly Logged[]> => {
    const before = server.log().filter((line) => PACKAGE.test(line.path)).length;
    await act();
    return (await server.logged(PACKAGE, before + count)).slice(before);
  };

  test(`${rt.name}: content comes from nginx, and a run with nothing new is two small requests on one connection`, async () => {
    const one = machine(second);
    const whole = await during(second, 1, () => goesOn(one));
    assert.equal(whole.map((l) => [l.status, l.range]), [[200, '']]);
    const sent = sum(whole);
    assert.ok(sent >= PACKAGE_BYTES, `${sent} bytes`);
    const before = second.log().length;
    await one.expect(0, [], { settings: { permissions: one.permissions(['127.0.0.1']) } });
    const lines = (await second.logged(/./, before + 2)).slice(before);
    assert.equal(lines.map((l) => [l.path, l.status, l.ifNoneMatch !== '']), [['/metadata/2.root.json', 404, false], ['/metadata/timestamp.json', 304, true]]);
    assert.is(new Set(lines.map((l) => l.connection)).size, 1, 'two connections');
  });

  test(`${rt.name}: killed with SIGKILL in the middle of a package, the next run fetches only the rest`, async () => {
    const one = machine(first);
    let kept = 0;
    const lines = await during(first, 2, async () => {
      kept = await killedHalfway(one);
      await goesOn(one);
    });
    const [begun, rest] = lines;
    const size = kept + (rest?.bodyBytes ?? 0);
    assert.equal([begun?.status, rest?.status, rest?.range], [200, 206, `bytes=${kept}-`]);
    assert.ok(size >= PACKAGE_BYTES && size < PACKAGE_BYTES + 65_536, `${size} bytes in place of the package`);
    const twice = sum(lines) - size;
    assert.ok(twice <= ONE_BUFFER_BYTES, `${twice} bytes were sent twice, more than ${ONE_BUFFER_BYTES}`);
    console.log(`\nNOTE: ${rt.name}: killed with ${kept} of ${size} bytes on disk; nginx sent ${twice} bytes twice, at most ${ONE_BUFFER_BYTES} (one buffer) may be`);
  });

  test(`${rt.name}: killed at one nginx, it goes on at another, with the byte that it needs next`, async () => {
    const one = machine(first);
    const kept = await killedHalfway(one);
    one.policy({ servers: [{ url: second.url }, { url: first.url }] });
    const before = first.log().filter((l) => PACKAGE.test(l.path)).length;
    const [rest] = await during(second, 1, () => goesOn(one));
    // what the other server called its file says nothing of this one's
    assert.equal([rest?.status, rest?.range, rest?.ifRange], [206, `bytes=${kept}-`, '']);
    assert.ok(first.log().filter((l) => PACKAGE.test(l.path)).length <= before + 1, 'the first server was asked again');
  });

  test(`${rt.name}: a file whose ETag has changed meanwhile is begun anew, and is whole`, async () => {
    const one = machine(first);
    const kept = await killedHalfway(one);
    const later = statSync(packageFile).mtimeMs / 1000 + 60;
    utimesSync(packageFile, later, later);
    const before = first.log().filter((l) => PACKAGE.test(l.path)).length;
    await goesOn(one);
    const lines = (await first.logged(PACKAGE, before)).filter((l) => l.range !== '').slice(-1);
    assert.equal(lines.map((l) => [l.status, l.range, l.ifRange !== '']), [[200, `bytes=${kept}-`, true]]);
  });
}

const missing = nginxMissing();
const content = randomBytes(PACKAGE_BYTES);
const world = await StoryWorld.make('large');
if (missing !== undefined) skip(test, 'nginx as the content server', missing);
else {
  await world.release('large', '1.0', { bytes: content });
  const [packageFile = ''] = readdirSync(join(world.repo.dir, 'packages'), { recursive: true, encoding: 'utf8' }).filter((name) => /[0-9a-f]{64}$/.test(name)).map((name) => join(world.repo.dir, 'packages', name));
  const first = await startNginx(world.repo.dir, { slowAfter: '8m' });
  const second = await startNginx(world.repo.dir);
  test.after(() => {
    first.stop();
    second.stop();
  });
  for (const rt of runtimes()) stories(rt, first, second, packageFile);
}
test.after(() => world.end());
test.run();
