// runtimes: node, deno
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { failed, ok, timesForPeople } from '../../src/model/index.ts';
import { CHECKS } from '../../src/doctor/index.ts';
import { renderDoctor } from '../../src/report/index.ts';
import { lockState, openState } from '../../src/state/index.ts';
import { must } from '../support/outcome.ts';
import { publisherPorts, testRepository } from '../support/repository.ts';
import { storyServer } from '../support/story-server.ts';
import { FakeDesktop, type Person } from '../support/fake-desktop.ts';
import { StoryWorld } from '../support/story-world.ts';
import { check, Patient, troubles } from './world.ts';

const test = suite('doctor');
const DAY_MS = 86_400_000;
let world: StoryWorld;
let patient: Patient;

test.before(async () => {
  world = await StoryWorld.make('demo');
});
test.after(() => world.end());
test.before.each(() => {
  patient = new Patient();
  world.server.fault = () => undefined;
});
test.after.each(() => patient.end());

const good = (more: object = {}): object => ({ servers: [{ url: world.server.url }], trust: { rootFile: world.repo.rootFile }, ...more });

/** Every name below a folder, with size and time: what a look must leave as it was. */
function listing(folder: string): readonly string[] {
  if (!existsSync(folder)) return ['(absent)'];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort().map((name) => {
    const stat = statSync(join(folder, name));
    return `${name} ${stat.size} ${stat.mtimeMs} ${stat.mode}`;
  });
}

test('a machine that is well: nothing fails, and the exit code is 0', async () => {
  patient.policy(good()).register('demo');
  const document = await patient.examine();
  assert.equal(troubles(document), []);
  assert.equal([document.verdict, document.code, document.codeName], ['ok', 0, 'ok']);
  assert.is(document.counts.ok + document.counts.skipped, document.checks.length);
  assert.match(check(document, 'server-http').text, 'metadata/timestamp.json: status 200');
  assert.match(check(document, 'server-dns').text, '127.0.0.1 (IPv4)');
  assert.ok(check(document, 'server-metadata').evidence.some((line) => /^root: version 1, expires 20\d\d-/.test(line)));
  assert.match(renderDoctor(document, { columns: 80, colour: 'off', stdoutIsTerminal: true }), `${document.checks.length} checks: ${document.counts.ok} ok, 0 to watch, 0 failed`);
});

test('every check of the table shows up on a machine that has it all', async () => {
  const secret = patient.file('password', 'CANARY-pw\n');
  patient.policy({ ...good(), servers: [{ url: world.server.url, username: 'u', passwordFile: secret }] }).register('demo');
  const document = await patient.examine();
  assert.equal([...new Set(document.checks.map((c) => c.id))], CHECKS.map((c) => c.id));
  for (const { title, id } of CHECKS) assert.ok(title.length > 3, id);
});

test('a registration that was set aside is to be watched until its component is registered again', async () => {
  patient.policy(good()).register('demo').register('other');
  const bad = join(patient.state, 'NewRegistry/demo.plist.bad');
  writeFileSync(bad, 'garbage');
  assert.equal(troubles(await patient.examine()), [], 'demo is registered again');
  rmSync(join(patient.state, 'NewRegistry/demo.plist'));
  const registry = check(await patient.examine(), 'registry');
  assert.is(registry.verdict, 'warn');
  assert.match(registry.text, `its component is not updated: ${bad}`);
});

test('nothing is changed: not the state, not the policy, and no folder is made where none was', async () => {
  patient.policy(good());
  await patient.examine();
  assert.not(existsSync(patient.state), 'no state folder is made');
  patient.register('demo');
  const now = Date.now();
  const lock = must(lockState(patient.ports, patient.state, 'run', now));
  must(openState(patient.ports, patient.state, now)).close();
  lock.release();
  writeFileSync(join(patient.state, 'NewRegistry', 'bad.plist'), 'no plist');
  const before = listing(patient.folder);
  await patient.examine();
  assert.equal(listing(patient.folder), before);
});

test('without a policy, a state folder or a network it still says how the machine stands', async () => {
  const document = await patient.examine({ probe: { interfaces: () => [] }, ports: { os: { ...patient.ports.os, hasNetwork: () => false } } });
  assert.equal([document.code, document.codeName], [20, 'policy-missing']);
  assert.is(check(document, 'network').codeName, 'no-network');
  assert.equal([check(document, 'state-folder').verdict, check(document, 'disk', patient.state).verdict], ['ok', 'ok']);
  assert.match(check(document, 'server-access').text, 'rests on the check policy, which failed');
});

test('a broken policy is told with file, line and key, and costs only the checks that need it', async () => {
  patient.policy(`{\n  "servers": [{ "url": "${world.server.url}" }],\n  "trust": { "rootFile": "${world.repo.rootFile}" },\n  "schedule": { "everyMinutes": "often" },\n  "log": { "level": "loud" }\n}`).register('demo');
  const document = await patient.examine();
  const policy = check(document, 'policy');
  assert.equal([document.code, policy.verdict, policy.policyKey], [21, 'fail', 'schedule.everyMinutes']);
  assert.match(policy.text, `${patient.policyFile}, line 4, key schedule.everyMinutes`);
  assert.ok(policy.evidence.some((line) => line.includes(':5: log.level')), 'all problems are evidence');
  assert.is(check(document, 'content', 'demo').verdict, 'ok');
  assert.not(document.checks.some((c) => c.id === 'server-http'));
});

test('a policy that others can change is 22, and a warning with --insecure-policy', async () => {
  patient.policy(good());
  chmodSync(patient.policyFile, 0o666);
  const document = await patient.examine();
  assert.equal([document.code, check(document, 'policy').verdict], [22, 'fail']);
  const lifted = await patient.examine({ options: { trustCheck: 'insecure' } });
  assert.equal([lifted.code, check(lifted, 'policy').verdict], [0, 'warn']);
  assert.match(check(lifted, 'policy').text, patient.policyFile);
});

test('a plist that is not valid is named with 26, and the other component is looked at', async () => {
  patient.policy(good()).register('demo');
  writeFileSync(join(patient.state, 'NewRegistry', 'bad.plist'), 'no plist');
  const document = await patient.examine();
  assert.equal([document.code, check(document, 'registry').verdict], [26, 'fail']);
  assert.match(check(document, 'registry').text, 'bad.plist');
});

test('a component whose plug-in is not there is 2; a type that policy turns off is not looked at', async () => {
  patient.policy(good({ content: { ips: { enabled: false } } })).register('demo', { PlugIn: 'nobody' }).register('rules', { ContentType: 'ips', PlugIn: 'nobody' });
  const document = await patient.examine();
  assert.equal([document.code, check(document, 'content', 'demo').codeName], [2, 'plugin-load']);
  assert.equal([check(document, 'content', 'rules').verdict, check(document, 'engine', 'rules').verdict], ['skipped', 'skipped']);
  assert.match(check(document, 'content', 'rules').text, 'content.ips.enabled');
});

test('an external plug-in is held to the policy, hash, mode and all, and is not started', async () => {
  const program = patient.file('plug-in', `#!/bin/sh\ntouch ${join(patient.folder, 'started')}\n`, 0o755);
  const sha256 = createHash('sha256').update(readFileSync(program)).digest('hex');
  const allow = (hash: string, path = program): object => good({ plugins: { allow: [{ id: 'theirs', path, sha256: hash }] } });
  patient.register('demo', { PlugIn: 'theirs' }).policy(allow(sha256));
  assert.is(check(await patient.examine(), 'content', 'demo').verdict, 'ok');
  patient.policy(allow('0'.repeat(64)));
  const changed = check(await patient.examine(), 'content', 'demo');
  assert.equal([changed.verdict, changed.code, changed.policyKey], ['fail', 2, 'plugins.allow']);
  assert.match(changed.text, sha256);
  patient.policy(allow(sha256));
  chmodSync(program, 0o777);
  assert.match(check(await patient.examine(), 'content', 'demo').text, 'others could replace');
  patient.policy(allow(sha256, join(patient.folder, 'nowhere')));
  assert.match(check(await patient.examine(), 'content', 'demo').text, 'is not there');
  assert.not(existsSync(join(patient.folder, 'started')));
});

test('files in the way of the install path, and an engine that is not there, are said', async () => {
  mkdirSync(join(patient.folder, 'live', 'demo'), { recursive: true });
  writeFileSync(join(patient.folder, 'live', 'demo', 'theirs'), '');
  patient.policy(good()).register('demo').register('virus', { PlugIn: 'clamav', Settings: { Socket: join(patient.folder, 'no.ctl'), EnginePath: join(patient.folder, 'no-clamscan') } });
  const document = await patient.examine();
  assert.equal([check(document, 'content', 'demo').verdict, check(document, 'content', 'demo').code], ['fail', 26]);
  assert.is(check(document, 'engine', 'virus').verdict, 'warn');
  assert.match(check(document, 'engine', 'virus').remedy, 'EnginePath');
});

test('a state folder that others can write, or that we cannot, is 26', async () => {
  patient.policy(good());
  mkdirSync(patient.state);
  chmodSync(patient.state, 0o777);
  const open = check(await patient.examine(), 'state-folder');
  assert.equal([open.verdict, open.code], ['fail', 26]);
  chmodSync(patient.state, 0o755);
  const denied = check(await patient.examine({ probe: { writeProblem: () => ({ kind: 'denied', detail: 'read-only file system' }) } }), 'state-folder');
  assert.equal([denied.verdict, denied.code], ['fail', 26]);
  assert.match(denied.evidence.join(), 'read-only file system');
});

test('a damaged state database is a warning: the next run sets it aside', async () => {
  patient.policy(good());
  mkdirSync(patient.state, { mode: 0o755 });
  writeFileSync(join(patient.state, 'state.db'), 'garbage, and no database of any kind'.repeat(200));
  const document = await patient.examine();
  const database = check(document, 'state-database');
  assert.equal([document.code, database.verdict], [0, 'warn']);
  assert.ok(readFileSync(join(patient.state, 'state.db'), 'utf8').startsWith('garbage'), 'it is left as it is');
});

test('cooldowns are shown with their end, and are 25 when every server has one', async () => {
  patient.policy(good());
  mkdirSync(patient.state, { mode: 0o755 });
  const now = Date.now();
  const db = new DatabaseSync(join(patient.state, 'state.db'));
  db.exec('CREATE TABLE cooldown (server TEXT PRIMARY KEY, since INTEGER NOT NULL, until INTEGER NOT NULL, refusals INTEGER NOT NULL)');
  db.prepare('INSERT INTO cooldown VALUES (?, ?, ?, 1)').run(world.server.url, now, now + 3_600_000);
  db.prepare('INSERT INTO cooldown VALUES (?, ?, ?, 1)').run('http://past.test/', now - 10, now - 5);
  db.close();
  const all = check(await patient.examine(), 'cooldown');
  assert.equal([all.verdict, all.code, all.evidence.length], ['fail', 25, 1]);
  assert.match(all.text, timesForPeople(new Date(now + 3_600_000).toISOString()));
  patient.policy({ ...good(), servers: [{ url: world.server.url }, { url: 'http://127.0.0.1:9/' }] });
  assert.is(check(await patient.examine(), 'cooldown').verdict, 'warn');
});

test('a run that goes on is told and does not matter; one that hangs for hours is a warning', async () => {
  patient.policy(good());
  const lock = must(lockState(patient.ports, patient.state, 'run', Date.now()));
  try {
    const going = check(await patient.examine(), 'lock');
    assert.equal([going.verdict, going.text.includes(`pid ${process.pid}`)], ['ok', true]);
  } finally {
    lock.release();
  }
  const since = new Date(Date.now() - 7 * 3_600_000).toISOString();
  writeFileSync(join(patient.state, 'lock.json'), JSON.stringify({ pid: process.pid, command: 'run', since }));
  const hung = check(await patient.examine(), 'lock');
  assert.equal([hung.verdict, hung.text.includes('7 hours')], ['warn', true]);
});

test('too little space is 24, little is a warning, and a file system without a table of inodes is none', async () => {
  patient.policy(good());
  const space = (freeBytes: number, freeInodes = 10_000_000) => ({ ports: { files: { ...patient.ports.files, space: () => ok({ freeBytes, freeInodes, device: 1 }) } } });
  const verdict = async (settings: ReturnType<typeof space>) => check(await patient.examine(settings), 'disk', patient.state);
  assert.is((await verdict(space(16 * 1024 * 1024))).code, 24);
  assert.is((await verdict(space(1e10, 0))).code, 24);
  assert.is((await verdict(space(100 * 1024 * 1024))).verdict, 'warn');
  assert.is((await verdict(space(1e10, Number.MAX_SAFE_INTEGER))).verdict, 'ok');
});

/** [how far the clock of the machine is from the server's, verdict, code] */
const CLOCKS = [[0, 'ok', undefined], [4 * 60_000, 'ok', undefined], [6 * 60_000, 'warn', undefined], [-6 * 60_000, 'warn', undefined], [2 * DAY_MS, 'fail', 7], [-3650 * DAY_MS, 'fail', 7]] as const;
for (const [off, verdict, code] of CLOCKS) {
  test(`a clock that is ${off / 1000} seconds off is ${verdict}`, async () => {
    patient.policy(good());
    const clock = { ...patient.ports.clock, now: () => Date.now() + off };
    const document = await patient.examine({ ports: { clock } });
    assert.equal([check(document, 'server-clock').verdict, check(document, 'server-clock').code], [verdict, code]);
    const seen = Number(/: (-?\d+) s$/.exec(check(document, 'server-clock').evidence.join())?.[1]);
    assert.ok(Math.abs(seen - off / 1000) <= 5, `${seen}`);
  });
}

test('a clock before the build is 7 by itself', async () => {
  patient.policy(good());
  const document = await patient.examine({ buildTime: Date.now() + DAY_MS });
  assert.equal([document.code, check(document, 'clock').codeName], [7, 'catalog-stale']);
});

test('a root that ends within a month is told; within a week it is urgent', async () => {
  patient.policy(good());
  // the root of the repository lasts for a year, targets too
  const at = (days: number) => ({ ports: { clock: { ...patient.ports.clock, now: () => world.repo.ports.at + days * DAY_MS } } });
  const far = check(await patient.examine(at(330)), 'trust');
  assert.is(far.verdict, 'ok', far.text);
  const month = check(await patient.examine(at(340)), 'trust');
  assert.equal([month.verdict, month.remedy.startsWith('Now.')], ['warn', false]);
  const week = check(await patient.examine(at(360)), 'trust');
  assert.equal([week.verdict, week.remedy.startsWith('Now.')], ['warn', true]);
});

/** [how old what the server signed is, verdict, code, words] */
const AGES = [[6.5, 'warn', undefined, /timestamp \(version \d+\) expires in 0 days/], [8, 'fail', 7, /timestamp expired on 20/]] as const;
for (const [days, verdict, code, words] of AGES) {
  test(`a timestamp that was signed ${days} days ago, for a week, is ${verdict}`, async () => {
    const ports = publisherPorts();
    ports.at = Date.now() - days * DAY_MS;
    const repo = await testRepository('old', ports);
    await repo.add('demo');
    const server = await storyServer(ports, repo.dir);
    try {
      patient.policy({ servers: [{ url: server.url }], trust: { rootFile: repo.rootFile } });
      const found = check(await patient.examine(), 'server-metadata');
      assert.equal([found.verdict, found.code], [verdict, code]);
      assert.match(found.text, words);
    } finally {
      server.close();
    }
  });
}

/** [what the server does, check, code, words] */
const ANSWERS = [
  ['a web page', () => Buffer.from('<!DOCTYPE html><html><title>Sign in</title>'), 'server-http', 4, 'captive portal'],
  ['no metadata', () => Buffer.from('hello'), 'server-http', 8, 'no TUF timestamp'],
  ['a bad signature', (b: Buffer) => Buffer.from(b.toString('utf8').replace(/"version": ?\d+/, '"version":9')), 'server-metadata', 6, 'valid signatures'],
] as const;
for (const [name, change, id, code, words] of ANSWERS) {
  test(`a server that gives ${name} is ${code}, and says so`, async () => {
    world.server.fault = (path) => (path.includes('timestamp') ? { kind: 'bytes', change } : undefined);
    patient.policy(good());
    const document = await patient.examine();
    assert.equal([document.code, check(document, id).verdict], [code, 'fail'], JSON.stringify(document.checks));
    assert.match(check(document, id).text, words);
    assert.is(check(document, id).policyKey, 'servers[0].url');
    assert.match(check(document, id).source ?? '', patient.policyFile);
  });
}

test('a server that answers 503 is named with its status', async () => {
  world.server.fault = () => ({ kind: 'status', status: 503 });
  patient.policy(good());
  assert.match(check(await patient.examine(), 'server-http').text, 'status 503');
});

test('servers are looked at side by side, each by itself: one that is silent costs the others nothing', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
  const address = silent.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `http://127.0.0.1:${port}/`;
  patient.policy({ ...good(), servers: [{ url }, { url: world.server.url }, { url: 'http://no-such-name.invalid/' }] });
  const began = performance.now();
  try {
    const document = await patient.examine({ probe: { resolve: (name) => Promise.resolve(name.endsWith('.invalid') ? failed({ kind: 'unresolvable', code: 'ENOTFOUND', detail: `getaddrinfo ENOTFOUND ${name}` }) : ok([{ address: '127.0.0.1', family: 4 }])) } });
    assert.equal([check(document, 'server-tcp', url).verdict, check(document, 'server-http', url).code], ['ok', 4]);
    assert.is(check(document, 'server-metadata', world.server.url).verdict, 'ok');
    assert.equal([check(document, 'server-dns', 'http://no-such-name.invalid/').code, check(document, 'server-tcp', 'http://no-such-name.invalid/').verdict], [4, 'skipped']);
    assert.ok(performance.now() - began < 25_000);
  } finally {
    silent.closeAllConnections();
    silent.close();
  }
});

test('when the time is up, what was not looked at is skipped and says why', async () => {
  patient.policy(good()).register('demo');
  const clock = { ...patient.ports.clock, sleep: () => Promise.resolve() };
  for (const settings of [{ ports: { clock } }, { options: { signal: AbortSignal.abort() } }]) {
    const document = await patient.examine(settings);
    assert.ok(document.checks.some((c) => c.verdict === 'skipped' && c.text === 'The time for all checks was up.'), JSON.stringify(document.checks));
    assert.is(document.counts.fail, 0, 'what was not looked at did not fail');
  }
});

test('an address that nobody listens at is refused by name of host, port and errno', async () => {
  patient.policy({ ...good(), servers: [{ url: 'http://127.0.0.1:9/' }] });
  const tcp = check(await patient.examine(), 'server-tcp');
  assert.equal([tcp.verdict, tcp.code, tcp.policyKey], ['fail', 4, 'servers[0].url']);
  assert.match(tcp.text, /127\.0\.0\.1 port 9.*(ECONNREFUSED|refused)/i);
});

test('where policy wants users to be asked, it says whether somebody can be, and which programs that takes are missing', async () => {
  const look = async (person: Person, found: readonly string[]) => {
    const desktop = new FakeDesktop();
    desktop.person = person;
    const os = { ...patient.ports.os, platform: 'linux' as const, uid: 0 };
    const proc = { ...patient.ports.proc, find: ([name = '']: readonly string[]) => (found.includes(name) ? `/usr/bin/${name}` : undefined) };
    return check(await patient.examine({ ports: { desktop, os, proc } }), 'people');
  };
  const all = ['notify-send', 'busctl', 'loginctl', 'setpriv'];
  patient.policy(good());
  assert.match((await look('nobody', [])).text, 'policy asks nobody');
  patient.policy(good({ consent: { optional: 'ask' } }));
  assert.match((await look({ answers: 'yes' }, all)).text, 'somebody is at a desktop');
  const alone = await look('nobody', all);
  assert.equal([alone.verdict, /nobody is at a desktop/.test(alone.text)], ['ok', true]);
  const bare = await look('nobody', ['busctl', 'loginctl']);
  assert.equal([bare.verdict, bare.policyKey], ['warn', 'consent.optional']);
  assert.match(bare.text, 'notify-send, setpriv missing');
});

test("Deno's missing permissions are a warning that names them", async () => {
  patient.policy(good());
  const runtime = check(await patient.examine({ probe: { permissions: () => [{ name: 'read', state: 'missing' }, { name: 'net', state: 'partial' }, { name: 'write', state: 'missing' }] } }), 'runtime');
  assert.is(runtime.verdict, 'warn');
  assert.match(runtime.text, 'without --allow-read --allow-write:');
});

test.run();
