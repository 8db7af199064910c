// runtimes: node, deno
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { failureCode, failureText, type Job } from '../../src/model/index.ts';
import { MAX_CONF_BYTES, parseClamdConf, reloadInLog } from '../../src/plugins/builtin/clamav/clamd-conf.ts';
import { freshclamOn } from '../../src/plugins/builtin/clamav/freshclam.ts';
import { wayToClamd } from '../../src/plugins/builtin/clamav/way-to-clamd.ts';
import { fastClock } from '../support/quick-ports.ts';
import { skip } from '../support/skip.ts';
import { until } from '../support/until.ts';
import { clamWorld, type ClamWorld, fixture, lacking, SAYS_OK, startClamd, stub } from './clamav-world.ts';
import { builtIn, installedAs, jobOf, newFolder, realPorts, type Tree, valueOf, whyOf } from './world.ts';

const never = new AbortController().signal;
const freshclam = realPorts.proc.find(['freshclam']);
const when = (lack: string | undefined, name: string, run: () => Promise<void>): void => {
  if (lack === undefined) test(name, run);
  else skip(test, name, lack);
};

/** A component that knows its clamd by a clamd.conf. */
function confWorld(lines: (world: ClamWorld) => readonly string[]): ClamWorld {
  const world = clamWorld();
  const conf = join(world.root, 'clamd.conf');
  writeFileSync(conf, `${lines(world).join('\n')}\n`);
  return { ...world, component: { ...world.component, settings: { ConfigFile: conf } } };
}
const usual = ({ root, component }: ClamWorld): readonly string[] => [`LocalSocket ${join(root, 'clamd.ctl')}`, `DatabaseDirectory ${component.installPath}`, `LogFile ${join(root, 'clamd.log')}`];

async function swapped(world: ClamWorld, tree: Tree, plugIn = builtIn('clamav')(realPorts)): Promise<Job> {
  const job = jobOf(world.component, world.content(2, tree), null, world.root);
  valueOf(await plugIn.swap(job));
  return job;
}

when(lacking('data', 'clamd'), 'by clamd.conf the socket is found, and by its log a database other than daily is proven to be loaded', async () => {
  const world = confWorld(usual);
  const plugIn = builtIn('clamav')({ ...realPorts, clock: fastClock(10) });
  const first = world.content(1, { 'test.cvd': fixture('test-5.cvd') });
  valueOf(await plugIn.swap(jobOf(world.component, first, null, world.root)));
  const clamd = await startClamd(world.root, world.component.installPath);
  const installed = installedAs(world.component, first);
  assert.match(valueOf(await plugIn.inventory(installed, 'quick', never)).loaded ?? '', /^ClamAV [\d.]+$/);
  const job = jobOf(installed, world.content(2, { 'test.cvd': fixture('test-6.cvd') }), first, world.root);
  valueOf(await plugIn.swap(job));
  assert.match(valueOf(await plugIn.confirm(job)).loaded ?? '', /^ClamAV [\d.]+, 10 signatures$/);
  await clamd.stop();
});

when(lacking('data', 'clamd'), 'a real clamd that listens on a port alone is asked there, and one that is gone is an engine that does not run', async () => {
  const port = await freePort();
  const tcp = (w: ClamWorld): readonly string[] => [`DatabaseDirectory ${w.component.installPath}`, `TCPSocket ${port}`, 'TCPAddr 127.0.0.1'];
  const world = confWorld(tcp);
  const plugIn = builtIn('clamav')({ ...realPorts, clock: fastClock(10) });
  const first = world.content(1, { 'daily.cvd': fixture('test-5.cvd') });
  valueOf(await plugIn.swap(jobOf(world.component, first, null, world.root)));
  const clamd = await startClamd(newFolder(), world.component.installPath, port);
  const installed = installedAs(world.component, first);
  assert.match(valueOf(await plugIn.inventory(installed, 'quick', never)).loaded ?? '', /^ClamAV [\d.]+\/5\//);
  const job = jobOf(installed, world.content(2, { 'daily.cvd': fixture('test-6.cvd') }), first, world.root);
  valueOf(await plugIn.swap(job));
  assert.match(valueOf(await plugIn.confirm(job)).loaded ?? '', /^ClamAV [\d.]+\/6\//);
  await clamd.stop();
  assert.is(valueOf(await plugIn.confirm(job)).loaded, null);
});

/** A port that nobody listens on now. */
function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}

when(lacking('data', 'clamd'), 'a reload that failed is told by the log at once, though clamd goes on answering: 12', async () => {
  const world = confWorld(usual);
  const plugIn = builtIn('clamav')(realPorts);
  const first = world.content(1, { 'test.cvd': fixture('test-5.cvd') });
  valueOf(await plugIn.swap(jobOf(world.component, first, null, world.root)));
  const clamd = await startClamd(world.root, world.component.installPath);
  const job = jobOf(installedAs(world.component, first), world.content(2, { 'test.cvd': fixture('test-6.cvd'), 'broken.ldb': 'no;signature\n' }), first, world.root);
  valueOf(await plugIn.swap(job));
  const outcome = await plugIn.confirm(job);
  assert.ok(!outcome.ok && failureCode(outcome.failure) === 'install');
  assert.match(outcome.ok ? '' : failureText(outcome.failure), /clamd\.log says that the reload failed and the databases before are kept/);
  await clamd.stop();
});

/** A clamd that is a script, and what it does when it is told to reload. */
function fakeClamd(socket: string, version: string, onReload: () => void): Promise<Server> {
  const server = createServer((line) => {
    line.on('error', () => undefined);
    line.on('data', (bytes) => {
      const isReload = bytes.toString().includes('RELOAD');
      if (isReload) onReload();
      line.end(isReload ? 'RELOADING\0' : `${version}\0`);
    });
  });
  server.unref();
  return new Promise((resolve) => server.listen(socket, () => resolve(server)));
}

test('the log counts only from the reload on, also when it is rotated, and not at all when nobody writes it', async () => {
  const cases: readonly (readonly [string, (log: string) => void, string])[] = [
    ['loaded', (log) => appendFileSync(log, 'Database correctly reloaded (7 signatures)\n'), 'ClamAV 1.4.6, 7 signatures'],
    ['rotated', (log) => (truncateSync(log), appendFileSync(log, 'Database correctly reloaded (8 signatures)\n')), 'ClamAV 1.4.6, 8 signatures'],
    ['begun only', (log) => appendFileSync(log, 'Reading databases from x\n'), 'confirm-failed'],
    ['failed', (log) => appendFileSync(log, 'ERROR: reload_th: Database load failed: Malformed database\n'), 'confirm-failed'],
    ['nothing at all', () => undefined, 'ClamAV 1.4.6'],
  ];
  for (const [name, onReload, expected] of cases) {
    const world = confWorld(usual);
    const plugIn = builtIn('clamav')({ ...realPorts, clock: fastClock(30) });
    const log = join(world.root, 'clamd.log');
    writeFileSync(log, 'an old line, and one that counts no more:\nDatabase correctly reloaded (5 signatures)\nWARNING: Database reload failed, keeping the previous instance\n');
    const server = await fakeClamd(join(world.root, 'clamd.ctl'), 'ClamAV 1.4.6', () => onReload(log));
    const job = await swapped(world, { 'a.ndb': 'A:0:*:41414141\n' }, plugIn);
    const outcome = await plugIn.confirm(job);
    assert.is(outcome.ok ? outcome.value.loaded : whyOf(outcome), expected, name);
    server.close();
  }
});

test('a clamd that reads another folder is not asked, and that is no failure', async () => {
  const asked: string[] = [];
  const world = confWorld((w) => [`LocalSocket ${join(w.root, 'clamd.ctl')}`, 'DatabaseDirectory /elsewhere']);
  const server = await fakeClamd(join(world.root, 'clamd.ctl'), 'ClamAV 1.4.6', () => asked.push('reload'));
  const plugIn = builtIn('clamav')(realPorts);
  const job = await swapped(world, { 'a.ndb': 'A:0:*:41414141\n' });
  assert.is(valueOf(await plugIn.confirm(job)).loaded, null);
  assert.is(valueOf(await plugIn.inventory(job.component, 'quick', never)).loaded, null);
  assert.equal(asked, []);
  server.close();
});

test('the way to clamd: the setting, then clamd.conf, then none', () => {
  const world = confWorld(usual);
  const { root, component } = world;
  const way = (lines: readonly string[], settings: Record<string, string> = {}): string => {
    writeFileSync(join(root, 'clamd.conf'), lines.join('\n'));
    const found = wayToClamd(realPorts, { ...component, settings: { ...component.settings, ...settings } });
    return found.kind === 'none' ? found.why : `${found.name} ${found.log ?? '-'}`;
  };
  const [socket, log] = [join(root, 'clamd.ctl'), join(root, 'clamd.log')];
  assert.is(way(usual(world)), `${socket} ${log}`);
  assert.is(way(usual(world), { Socket: '/run/other.ctl' }), '/run/other.ctl -');
  assert.is(way(usual(world), { Socket: socket }), `${socket} ${log}`, 'it is the one of clamd.conf');
  assert.is(way(['nonsense;'], { Socket: socket }), `${socket} -`);
  symlinkSync(component.installPath, join(root, 'linked'));
  assert.is(way([`LocalSocket ${socket}`, `DatabaseDirectory ${join(root, 'linked')}`]), `${socket} -`);
  assert.match(way([`LocalSocket ${socket}`]), /reads \/var\/lib\/clamav and not/);
  const tcp = (...lines: readonly string[]): string => way([`DatabaseDirectory ${component.installPath}`, ...lines]);
  assert.match(tcp(), /listens on no socket/);
  assert.is(tcp('TCPSocket 3310'), '127.0.0.1 port 3310 -');
  assert.is(tcp('TCPSocket 3310', `LocalSocket ${socket}`, `LogFile ${log}`), `${socket} ${log}`, 'the local socket is asked first');
  for (const [address, asked] of [['localhost', '127.0.0.1'], ['0.0.0.0', '127.0.0.1'], ['::1', '::1'], ['::', '::1']]) assert.is(tcp('TCPSocket 3310', `TCPAddr ${address}`), `${asked} port 3310 -`);
  assert.is(tcp('TCPSocket 3310', 'TCPAddr 192.0.2.1', 'TCPAddr 127.0.0.1'), '127.0.0.1 port 3310 -');
  assert.match(tcp('TCPSocket 3310', 'TCPAddr 192.0.2.1'), /listens on 192\.0\.2\.1 alone, and only one on this machine's loopback is asked/);
  assert.match(way(['LocalSocket relative']), /clamd\.conf: line 1 has LocalSocket and no absolute path with it/);
  assert.match(way(['x'.repeat(MAX_CONF_BYTES + 1)]), /no file of at most/);
  assert.match(way([], { ConfigFile: root }), /no file of at most|cannot be read/);
});

test('clamd.conf is read strictly where it matters, and passed over where it is clamd’s own', () => {
  const read = (text: string): unknown => {
    const parsed = parseClamdConf(Buffer.from(text));
    return parsed.ok ? parsed.value : parsed.failure;
  };
  const cases: readonly (readonly [string, unknown])[] = [
    ['', {}],
    ['# LocalSocket /x\n\n  LocalSocket   /run/a b.ctl  \nMaxThreads 12\nFoo\n', { socket: '/run/a b.ctl' }],
    ['LocalSocket "/run/q.ctl" \r\nTCPSocket 3310\r\nLogFile /l\nDatabaseDirectory /d', { socket: '/run/q.ctl', tcp: '3310', log: '/l', databases: '/d' }],
    ['LocalSocket /a\nLocalSocket /b', 'line 2 has LocalSocket a second time'],
    ['LogFile', 'line 1 has LogFile and no absolute path with it'],
    ['LogFile "/a', 'line 1 has LogFile and no absolute path with it'],
    ['TCPSocket many', 'line 1 has TCPSocket and no port with it'],
    ['TCPSocket 65536', 'line 1 has TCPSocket and no port with it'],
    ['TCPAddr 127.0.0.1\nTCPAddr ::1', { addresses: ['127.0.0.1', '::1'] }],
    ['\nExample', 'line 2 says Example, so that no clamd reads it'],
    ['Log-File /x', 'line 1 is not NAME VALUE'],
    ['<html>', 'line 1 is not NAME VALUE'],
  ];
  for (const [text, expected] of cases) assert.equal(read(text), expected, text);
});

test('the last word in the log counts', () => {
  assert.equal(reloadInLog('Database correctly reloaded (14 signatures)\nActivating\n'), { signatures: 14 });
  assert.is(reloadInLog('Database correctly reloaded (14 signatures)\nWARNING: Database reload failed, keeping the previous instance\n'), 'failed');
  assert.equal(reloadInLog('reload db failed: x\nDatabase correctly reloaded (2 signatures)\n'), { signatures: 2 });
  assert.is(reloadInLog('Reading databases from /x\n'), undefined);
  assert.is(reloadInLog('Database correctly reloaded (99999999999999 signatures)'), undefined);
});

when(freshclam === undefined ? 'freshclam is not installed' : undefined, 'a freshclam on the same folder is noticed and said, by the real one; one on another folder is not', async () => {
  const world = clamWorld();
  const component = { ...world.component, settings: { ...world.component.settings, EnginePath: stub(world.root, SAYS_OK) } };
  const plugIn = builtIn('clamav')(realPorts);
  const job = jobOf(component, world.content(1, { 'a.ndb': 'A:0:*:41414141\n' }), null, world.root);
  assert.equal(valueOf(await plugIn.test(job))?.notes, []);
  const conf = join(world.root, 'freshclam.conf');
  const lines = [`DatabaseDirectory ${component.installPath}`, 'DatabaseMirror http://127.0.0.1:9', 'Checks 1', 'Foreground yes', 'ConnectTimeout 1', 'MaxAttempts 1', ...(process.getuid?.() === 0 ? ['DatabaseOwner root'] : [])];
  writeFileSync(conf, `${lines.join('\n')}\n`);
  const child = spawn(freshclam ?? 'freshclam', ['-d', '--no-dns', `--config-file=${conf}`], { stdio: 'ignore' });
  process.on('exit', () => child.kill('SIGKILL'));
  child.unref();
  await until(() => freshclamOn(realPorts, component) !== undefined);
  assert.is(freshclamOn(realPorts, component), child.pid);
  const notes = valueOf(await plugIn.test(job))?.notes.join('\n') ?? '';
  assert.ok(notes.includes(`freshclam (process ${child.pid}) updates ${component.installPath} too`), notes);
  mkdirSync(join(world.root, 'other'));
  assert.is(freshclamOn(realPorts, { ...component, installPath: join(world.root, 'other') }), undefined);
  assert.is(freshclamOn({ ...realPorts, os: { ...realPorts.os, platform: 'darwin' } }, component), undefined);
  // damaged by it: the inventory names the process
  writeFileSync(join(component.installPath, 'daily.cld'), 'from freshclam');
  const daily = world.content(1, { 'daily.cvd': 'ours' });
  valueOf(await plugIn.swap(jobOf(component, daily, null, world.root)));
  writeFileSync(join(component.installPath, 'daily.cld'), 'from freshclam');
  const inventory = valueOf(await plugIn.inventory(installedAs(component, daily), 'quick', never));
  assert.match(inventory.detail ?? '', new RegExp(`freshclam \\(process ${child.pid}\\)`));
  await new Promise((resolve) => {
    child.ref();
    child.on('exit', resolve);
    child.kill('SIGKILL');
  });
  assert.is(freshclamOn(realPorts, component), undefined);
});

test.run();
