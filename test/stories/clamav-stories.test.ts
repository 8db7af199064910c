import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { writePlist } from '../../src/formats/plist.ts';
import { addComponent } from '../../src/publisher/index.ts';
import { clamscan, DATA, fixture, lacking, startClamd } from '../plugins/clamav-world.ts';
import { writeTree } from '../support/repository.ts';
import { type Runtime, runtimes } from '../support/runtimes.ts';
import { skip } from '../support/skip.ts';
import { type Machine, part, StoryWorld, wordsOf } from '../support/story-world.ts';

const test = suite('ClamAV stories');
const lack = lacking('data', 'clamscan', 'clamd');
const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');

if (lack !== undefined) skip(test, 'ClamAV from publishing to the engine', lack);
else await stories();

async function stories(): Promise<void> {
  const world = await StoryWorld.make('demo');
  test.after(() => world.end());
  const { dir, root } = world.repo;
  const added = await addComponent(world.repo.ports, { dir, id: 'daily', type: 'av', plugin: 'clamav' });
  assert.ok(added.ok);
  /** One file is published, and its `.sign` beside it goes along. */
  const publish = async (version: string, number: number, more: { readonly engine?: string } = {}): Promise<void> => {
    world.repo.ports.at += 1000;
    const folder = writeTree(join(root, `daily-${version}`), { 'daily.cvd': fixture(`test-${number}.cvd`), 'daily.cvd.sign': fixture(`test-${number}.cvd.sign`) });
    await world.repo.publish('daily', {}, { version, path: join(folder, 'daily.cvd'), ...more });
  };
  await publish('5.0', 5);
  await publish('6.0', 6);
  await publish('7.0', 3, { engine: '99..' });
  // what drops EICAR: version 2 knows nothing at all
  await publish('8.0', 2);
  for (const rt of runtimes()) runOn(world, rt);
}

/** A machine whose component is at 5.0, with the socket beside the databases. */
async function installed(world: StoryWorld, rt: Runtime, settings: Record<string, string> = {}): Promise<{ readonly machine: Machine; readonly socket: string; readonly policy: (more: object) => void }> {
  const machine = world.machine(rt);
  const socket = join(dirname(machine.live()), 'clamd.ctl');
  const all = { Socket: socket, EnginePath: clamscan ?? '', ...settings };
  const plist = { ComponentID: 'daily', Name: 'Daily', ContentType: 'av', PlugIn: 'clamav', InstallPath: machine.live('daily'), Settings: all };
  writeFileSync(machine.file('NewRegistry', 'daily.plist'), writePlist(plist));
  const policy = (more: object): void => void machine.policy({ ...more });
  policy({ components: { daily: { pin: '5.0' } } });
  await machine.expect(0, [], allowed(rt));
  return { machine, socket, policy };
}
/** What the engine finds in its folder. */
const held = (machine: Machine): readonly string[] =>
  readdirSync(machine.live('daily')).filter((name) => !name.startsWith('.')).sort().map((name) => `${name} ${createHash('sha256').update(readFileSync(join(machine.live('daily'), name))).digest('hex')}`);

/** All of Deno's permissions: sockets of engines and their processes are looked at. */
const allowed = (rt: Runtime): { readonly settings?: { readonly permissions: readonly string[]; readonly timeoutMs: number } } =>
  rt.name === 'deno' ? { settings: { permissions: ['--allow-all'], timeoutMs: 60_000 } } : {};

function runOn(world: StoryWorld, rt: Runtime): void {
  test(`${rt.name}: an update is what the real clamd says that it runs, and its .sign was verified`, async () => {
    const { machine, policy } = await installed(world, rt, { SignRoot: new URL('clamav-test.crt', DATA).pathname });
    const clamd = await startClamd(dirname(machine.live()), machine.live('daily'));
    policy({ components: { daily: { pin: '6.0' } } });
    const document = await machine.expect(0, [], allowed(rt));
    const daily = part(document, 'daily');
    assert.equal([daily.action, daily.before?.version, daily.after?.version], ['updated', '5.0', '6.0']);
    assert.match(daily.loaded ?? '', /^ClamAV [\d.]+\/6\//);
    assert.not.match(wordsOf(document), /not checked|without a \.sign|not exercised/);
    await clamd.stop();
  });

  test(`${rt.name}: where the reload is blocked nothing is updated: 12, and the content before is back`, async () => {
    const { machine, socket, policy } = await installed(world, rt);
    const blocked = await blockedClamd(socket);
    const before = held(machine);
    policy({ components: { daily: { pin: '6.0' } }, verify: { timeoutSeconds: 3 } });
    const document = await machine.expect(12, [], allowed(rt));
    const daily = part(document, 'daily');
    assert.equal([daily.action, daily.after?.version, daily.reason?.code], ['rolled-back', '5.0', 'confirm-failed']);
    assert.match(wordsOf(document), /answers "ClamAV 1\.4\.6\/5\/[^"]*", and the new daily is version 6/);
    assert.equal(held(machine), before);
    blocked.close();
  });

  // the rest is the same code under the same runtimes' ports: once is enough
  if (rt.name !== 'node') return;

  test(`${rt.name}: a .sign that nobody can check is told, one that is missing too, and one that is no good refuses with 11`, async () => {
    const { machine, policy } = await installed(world, rt);
    policy({ components: { daily: { pin: '6.0' } } });
    assert.match(wordsOf(await machine.expect(0, [], allowed(rt))), /daily\.cvd\.sign of release 6\.0 was not checked: the component has no SignRoot/);
    const other = await installed(world, rt, { SignRoot: new URL('test-6.cvd', DATA).pathname }).catch((error: unknown) => error);
    assert.match(other instanceof Error ? other.message : '', /sign-root-bad|holds no certificate/);
  });

  test(`${rt.name}: an engine that is out of the release's range costs no package byte`, async () => {
    const { machine, policy } = await installed(world, rt);
    const asked = world.server.packages().length;
    policy({ components: { daily: { pin: '7.0' } } });
    const document = await machine.expect(0, [], allowed(rt));
    assert.equal([part(document, 'daily').action, part(document, 'daily').reason?.code], ['skipped', 'engine-incompatible']);
    assert.is(world.server.packages().length, asked);
  });

  test(`${rt.name}: a release that drops EICAR is 11, and a real clamd still finds it`, async () => {
    const { machine, policy } = await installed(world, rt);
    const sample = join(machine.folder, 'eicar');
    writeFileSync(sample, EICAR);
    const clamd = await startClamd(dirname(machine.live()), machine.live('daily'));
    policy({ verify: { mustDetect: [sample], maxShrinkPercent: 100 }, components: { daily: { pin: '8.0', allowDowngrade: true } } });
    const document = await machine.expect(11, [], allowed(rt));
    assert.equal([part(document, 'daily').action, part(document, 'daily').after?.version, part(document, 'daily').reason?.code], ['failed', '5.0', 'must-detect-missed']);
    assert.match(part(document, 'daily').loaded ?? '', /^ClamAV [\d.]+\/5\//);
    await clamd.stop();
  });
}

/** A clamd that takes every RELOAD and runs version 5 for ever. */
function blockedClamd(socket: string): Promise<Server> {
  const server = createServer((line) => {
    line.on('error', () => undefined);
    line.on('data', (bytes) => line.end(bytes.toString().includes('RELOAD') ? 'RELOADING\0' : 'ClamAV 1.4.6/5/Wed Jun 23 01:31:42 2021\0'));
  });
  server.unref();
  return new Promise((resolve) => server.listen(socket, () => resolve(server)));
}

test.run();
