import { copyFileSync, existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { failureCode, failureText, type Job, type PlugIn } from '../../src/model/index.ts';
import { alwaysClean } from '../../src/plugins/builtin/clamav/clean-files.ts';
import { sizeOf } from '../../src/plugins/builtin/clamav/count.ts';
import { placedFiles } from '../../src/plugins/builtin/clamav/layout.ts';
import { SignChain, hasOpenssl, signFile } from '../support/sign-chain.ts';
import { skip } from '../support/skip.ts';
import { clamscan, clamWorld, type ClamWorld, DATA, fixture, flipped, lacking, SAYS_OK, startClamd, stub } from './clamav-world.ts';
import { builtIn, installedAs, jobOf, newFolder, realPorts, releaseOf, type Tree, valueOf, VERIFY } from './world.ts';

const plugIn = builtIn('clamav')(realPorts);
const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');
/** within the life of the fixtures' root */
const NOW = Date.parse('2026-11-25T12:00:00Z');

const when = (lack: string | undefined, name: string, run: () => Promise<void>): void => {
  if (lack === undefined) test(name, run);
  else skip(test, name, lack);
};
const rules = (text: string): string => `Glued.${text}:0:*:${Buffer.from(`glued-${text}`).toString('hex')}\n`;
const many = (count: number): string => Array.from({ length: count }, (_, i) => `Glued.Many.${i}:0:*:${Buffer.from(`glued-many-${i}`).toString('hex')}\n`).join('');

type Said = { readonly code: string; readonly notes: string };
async function judge(world: ClamWorld, tree: Tree, settings: Record<string, string> = {}, more: Partial<Job> = {}): Promise<Said> {
  const component = { ...world.component, settings: { ...world.component.settings, ...settings } };
  const outcome = await plugIn.test(jobOf(component, world.content(2, tree), null, world.root, { now: NOW, ...more }));
  return outcome.ok ? { code: 'ok', notes: outcome.value?.notes.join('\n') ?? '' } : { code: `${failureCode(outcome.failure)} ${outcome.failure.why}`, notes: failureText(outcome.failure) };
}
const okStub = (world: ClamWorld): Record<string, string> => ({ EnginePath: stub(world.root, SAYS_OK) });

when(lacking('data'), 'a .sign is verified where SignRoot names the root, is fatal where it is no good, and is missed where it is not there', async () => {
  const root = new URL('clamav-test.crt', DATA).pathname;
  const good = { 'test.cvd': fixture('test-6.cvd'), 'test.cvd.sign': fixture('test-6.cvd.sign') };
  const cases: readonly (readonly [string, Tree, Record<string, string>, string, RegExp, number?])[] = [
    ['verified', good, { SignRoot: root }, 'ok', /^$/],
    ['not there', { 'test.cvd': good['test.cvd'] }, { SignRoot: root }, 'ok', /test\.cvd of release 2\.0 came without a \.sign/],
    ['not there, no root', { 'test.cvd': good['test.cvd'] }, {}, 'ok', /came without a \.sign/],
    ['not checked', good, {}, 'ok', /test\.cvd\.sign of release 2\.0 was not checked: the component has no SignRoot/],
    ['flipped', { ...good, 'test.cvd.sign': flipped(good['test.cvd.sign'], 3000) }, { SignRoot: root }, 'content-test sign-bad', /test\.cvd\.sign does not verify/],
    ["another file's", { ...good, 'test.cvd.sign': fixture('test-5.cvd.sign') }, { SignRoot: root }, 'content-test sign-bad', /not over this file/],
    ['a page', { ...good, 'test.cvd.sign': '<html>' }, { SignRoot: root }, 'content-test sign-bad', /does not begin with #clamsign/],
    ['too late', good, { SignRoot: root }, 'content-test sign-bad', /expired on/, Date.parse('2027-06-01')],
    ['no root there', good, { SignRoot: '/nowhere/root.crt' }, 'plugin-load sign-root-bad', /nowhere\/root\.crt, cannot be used: it is not there/],
    ['no certificate', good, { SignRoot: new URL('test-6.cdiff', DATA).pathname }, 'plugin-load sign-root-bad', /holds no certificate/],
  ];
  for (const [name, tree, settings, code, notes, now] of cases) {
    const world = clamWorld();
    const said = await judge(world, tree, { ...okStub(world), ...settings }, { now: now ?? NOW });
    assert.is(said.code, code, `${name}: ${said.notes}`);
    assert.match(said.notes, notes, name);
  }
});

when(hasOpenssl() ? undefined : 'openssl is not installed', 'plain signature files may bear a .sign of their own', async () => {
  const chain = new SignChain();
  chain.issue('root', 'root');
  chain.issue('leaf', 'leaf', 'root');
  const world = clamWorld();
  const body = rules('Signed');
  const now = Date.now() + 60_000;
  const settings = { ...okStub(world), SignRoot: join(chain.folder, 'root.crt') };
  const tree = { 'a.ndb': body, 'a.ndb.sign': signFile(chain.message(Buffer.from(body), 'leaf', [])) };
  assert.equal(await judge(world, tree, settings, { now }), { code: 'ok', notes: '' });
  assert.is((await judge(world, { ...tree, 'a.ndb': rules('Forged') }, settings, { now })).code, 'content-test sign-bad');
});

test('what the settings name is looked at before a byte is fetched', async () => {
  const world = clamWorld();
  const release = releaseOf(world.component, world.content(1, { 'a.ndb': rules('A') }));
  const check = async (settings: Record<string, string>): Promise<string> => {
    const outcome = await plugIn.check({ ...world.component, settings: { ...world.component.settings, ...settings } }, release);
    return outcome.ok ? 'ok' : `${failureCode(outcome.failure)} ${failureText(outcome.failure)}`;
  };
  const conf = join(world.root, 'own.conf');
  writeFileSync(conf, `LocalSocket ${join(world.root, 'c.sock')}\nDatabaseDirectory ${world.component.installPath}/\n`);
  assert.is(await check({ ConfigFile: conf }), 'ok');
  assert.match(await check({ SignRoot: '/nowhere' }), /^plugin-load The SignRoot of demo, \/nowhere, cannot be used: it is not there/);
  assert.match(await check({ ConfigFile: '/nowhere' }), /^plugin-load The ConfigFile of demo, \/nowhere, cannot be used: it is not there/);
  writeFileSync(conf, 'DatabaseDirectory /elsewhere\n');
  assert.match(await check({ ConfigFile: conf }), /its clamd reads \/elsewhere and not /);
  writeFileSync(conf, 'LocalSocket relative\n');
  assert.match(await check({ ConfigFile: conf }), /line 1 has LocalSocket and no absolute path/);
});

test('an unsigned container is said to be one', async () => {
  const world = clamWorld();
  const said = await judge(world, { 'own.cud': await cud() }, okStub(world));
  assert.is(said.code, 'ok', said.notes);
  assert.match(said.notes, /own\.cud of release 2\.0 is unsigned by its form/);
});

/** An unsigned container with one signature. */
async function cud(): Promise<Uint8Array> {
  const { createHash } = await import('node:crypto');
  const { gzipSync } = await import('node:zlib');
  const member = (name: string, text: string): Buffer => {
    const block = Buffer.alloc(512);
    block.write(name, 0, 'latin1');
    block.write(text.length.toString(8), 124, 'latin1');
    block[156] = 0x30;
    return Buffer.concat([block, Buffer.from(text, 'latin1'), Buffer.alloc((512 - (text.length % 512)) % 512)]);
  };
  const body = rules('Own');
  const line = 'ClamAV-VDB:25 Nov 2026 07-13 +0000:3:1:81:X:X:someone:1795590796';
  const info = `${line}\nown.ndb:${body.length}:${createHash('sha256').update(body).digest('hex')}\n`;
  const packed = gzipSync(Buffer.concat([member('COPYING', 'x'), member('own.info', info), member('own.ndb', body), Buffer.alloc(1024)]));
  const header = line.replace(':X:X:', `:${createHash('md5').update(packed).digest('hex')}:X:`);
  return Buffer.concat([Buffer.from(header.padEnd(512), 'latin1'), packed]);
}

test('init, the shell, libc and the engine itself are never to be detected, whatever policy says', async () => {
  const clean = alwaysClean(realPorts, process.execPath);
  assert.ok(clean.includes(realpathSync('/bin/sh')) && clean.includes(realpathSync(process.execPath)), clean.join(' '));
  assert.ok(clean.every((path) => existsSync(path) && realpathSync(path) === path));
  assert.is(new Set(clean).size, clean.length);
  const world = clamWorld();
  const shell = realpathSync('/bin/sh');
  const body = `for file; do case "$file" in --*) ;; ${shell}) echo "$file: Glued.Everything FOUND"; found=1 ;; *) echo "$file: OK" ;; esac; done; exit 1`;
  const said = await judge(world, { 'a.ndb': rules('A') }, { EnginePath: stub(world.root, body) });
  assert.is(said.code, 'content-test false-positive');
  assert.ok(said.notes.includes(shell), said.notes);
});

test('many samples are all heard, however much the engine says', async () => {
  const world = clamWorld();
  const samples = Array.from({ length: 600 }, (_, i) => join(world.root, `a sample with a rather long name, number ${i}`));
  for (const path of samples) writeFileSync(path, 'x');
  const body = 'for file; do case "$file" in --*) ;; *sample*) echo "$file: Glued.Sample FOUND" ;; *) echo "$file: OK" ;; esac; done; exit 1';
  const said = await judge(world, { 'a.ndb': rules('A') }, { EnginePath: stub(world.root, body) }, { verify: { ...VERIFY, mustDetect: samples } });
  assert.is(said.code, 'ok', said.notes);
});

test('signatures are counted in containers, lines and YARA rules', () => {
  const world = clamWorld();
  const next = world.content(1, {
    'a.ndb': `# a comment\n${rules('A')}\n${rules('B')}`,
    'b.hdb': 'unended',
    'c.yar': 'rule one {\n condition: true }\nprivate rule two { condition: true }\n// rule three\n  global private rule four{condition:true}\nruler five\n',
    'd.fp': 'one\ntwo\n',
    'e.ldb': `${'x'.repeat(3_000_000)}\ny\n`,
  });
  assert.is(sizeOf(realPorts.files, valueOf0(placedFiles(realPorts.files, world.component, next))).signatures, 2 + 1 + 3 + 2);
});
function valueOf0<T>(outcome: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: unknown }): T {
  if (outcome.ok) return outcome.value;
  throw new Error(String(outcome.failure));
}

test('a verdict counts again for the same content and engine, and for no other', async () => {
  const world = clamWorld();
  const ran = join(world.root, 'ran');
  const engine = (version: string): string => stub(world.root, `[ "$1" = --version ] && { echo "ClamAV ${version}"; exit; }\necho x >> '${ran}'\n${SAYS_OK}\necho "Known viruses: 5"`);
  const next = world.content(2, { 'a.ndb': rules('A') });
  const component = { ...world.component, settings: { ...world.component.settings, EnginePath: engine('1.4.6') } };
  const runs = (): number => (existsSync(ran) ? readFileSync(ran, 'utf8').length / 2 : 0);
  const again = async (more: Partial<Job> = {}, fresh: PlugIn = builtIn('clamav')(realPorts)): Promise<number> => {
    valueOf(await fresh.test(jobOf(component, next, null, world.root, { now: NOW, ...more })));
    return runs();
  };
  assert.equal([await again(), await again()], [1, 1], 'a second test of the same needs no engine');
  const { at, ...kept } = JSON.parse(readFileSync(join(next.folder, 'verdict.json'), 'utf8'));
  assert.equal([kept.engine, kept.package, kept.signatures, at], ['1.4.6', next.sha256, 5, NOW]);
  writeFileSync(join(world.root, 'clean'), 'x');
  assert.is(await again({ verify: { ...VERIFY, mustNotDetect: [join(world.root, 'clean')] } }), 2, 'policy asks for more');
  assert.is(await again(), 3, 'and for less');
  engine('1.5.0');
  assert.is(await again(), 4, 'another engine has seen nothing yet');
  assert.is(await again(), 4);
  for (const forged of ['', '{}', JSON.stringify({ ...kept, at, package: '0'.repeat(64) }), 'x'.repeat(20_000)]) {
    const before = runs();
    writeFileSync(join(next.folder, 'verdict.json'), forged);
    assert.is(await again(), before + 1, forged.slice(0, 20));
  }
  writeFileSync(join(next.folder, 'content/a.ndb'), rules('B'));
  const damaged = await builtIn('clamav')(realPorts).test(jobOf(component, next, null, world.root));
  assert.is(damaged.ok ? 'ok' : damaged.failure.why, 'content-damaged', 'a verdict is on these bytes');
});

test('what the engine says that it loaded must not shrink either', async () => {
  const world = clamWorld();
  const engine = (count: number): Record<string, string> => ({ EnginePath: stub(world.root, `[ "$1" = --version ] && { echo "ClamAV 1.4.6"; exit; }\n${SAYS_OK}\necho "Known viruses: ${count}"`) });
  const tree = { 'a.ndb': many(10) };
  const first = world.content(1, tree);
  const component = { ...world.component, settings: { ...world.component.settings, ...engine(10) } };
  valueOf(await builtIn('clamav')(realPorts).test(jobOf(component, first, null, world.root)));
  engine(2);
  const outcome = await builtIn('clamav')(realPorts).test(jobOf(installedAs(component, first), world.content(2, tree), first, world.root));
  assert.match(outcome.ok ? 'ok' : failureText(outcome.failure), /80 % smaller than what is installed: 2 signatures after 10/);
});

when(lacking('data', 'clamscan', 'clamd'), 'content that harms is refused with 11, each in its way, and a real clamd goes on with the old content', async () => {
  const world = clamWorld();
  const { root, component } = world;
  const libc = alwaysClean(realPorts, clamscan ?? '').find((path) => /libc/.test(path)) ?? realpathSync('/bin/sh');
  const [sample, copy] = [join(root, 'eicar.com'), join(root, 'a copy of libc')];
  writeFileSync(sample, EICAR);
  copyFileSync(libc, copy);
  const old = world.content(1, { 'test.cvd': fixture('test-6.cvd'), 'many.ndb': many(40_000) });
  const installed = installedAs(component, old);
  valueOf(await plugIn.swap(jobOf(component, old, null, root)));
  const clamd = await startClamd(root, component.installPath);
  const served = async (): Promise<string> => {
    const answer = await realPorts.sockets.ask(clamd.socket, Buffer.from(`zSCAN ${sample}\0`), { timeoutMs: 20_000, maxBytes: 4096 });
    return answer.ok ? Buffer.from(answer.value).toString() : answer.failure.detail;
  };
  const { createHash } = await import('node:crypto');
  const { 'test.cvd': good, 'many.ndb': lines } = { 'test.cvd': fixture('test-6.cvd'), 'many.ndb': many(40_000) };
  const flagsLibc = `${createHash('md5').update(readFileSync(libc)).digest('hex')}:${readFileSync(libc).length}:Glued.Libc\n`;
  const verify = { ...VERIFY, mustDetect: [sample], mustNotDetect: [copy], timeoutSeconds: 60 };
  const cases: readonly (readonly [string, Tree, Record<string, string>, Partial<Job['verify']>, string])[] = [
    ['drops EICAR', { 'many.ndb': lines }, {}, {}, 'content-test must-detect-missed'],
    ['flags a copy of libc', { 'test.cvd': good, 'many.ndb': lines, 'bad.hdb': flagsLibc }, {}, {}, 'content-test false-positive'],
    ['flags libc itself, and policy names nothing', { 'test.cvd': good, 'many.ndb': lines, 'bad.hdb': flagsLibc }, {}, { mustNotDetect: [] }, 'content-test false-positive'],
    ['40 000 signatures become none', { 'test.cvd': good, 'many.ndb': lines.replace(/^G/gm, '#') }, {}, {}, 'content-test shrunk'],
    ['a segmentation fault', { 'test.cvd': good, 'many.ndb': lines }, { EnginePath: stub(root, 'kill -SEGV $$') }, {}, 'content-test content-test-killed'],
    ['never finishes', { 'test.cvd': good, 'many.ndb': lines }, { EnginePath: stub(newFolder(), 'exec sleep 60') }, { timeoutSeconds: 1 }, 'content-test content-test-timeout'],
    ['the real clamscan, killed by the memory limit', { 'test.cvd': good, 'many.ndb': many(250_000) }, {}, { maxMemoryBytes: 24 * 1024 * 1024 }, 'content-test content-test-memory'],
    ['the real clamscan, whose libraries do not fit into the memory limit', { 'test.cvd': good, 'many.ndb': lines }, {}, { maxMemoryBytes: 4 * 1024 * 1024 }, 'content-test content-test-starved'],
    ['broken', { 'test.cvd': good, 'many.ndb': lines, 'broken.ldb': 'no;signature\n' }, {}, {}, 'content-test content-test-failed'],
  ];
  assert.match(await served(), /FOUND/);
  for (const [name, tree, settings, limits, expected] of cases) {
    const job = jobOf({ ...installed, settings: { ...installed.settings, ...settings } }, world.content(2, tree), old, root, { verify: { ...verify, ...limits } });
    const outcome = await plugIn.test(job);
    assert.is(outcome.ok ? 'ok' : `${failureCode(outcome.failure)} ${outcome.failure.why}`, expected, name);
    valueOf(await plugIn.finish({ ...job, component: installed }));
    const inventory = valueOf(await plugIn.inventory(installed, 'deep', job.signal));
    assert.is(inventory.state, 'whole', `${name}: ${inventory.detail}`);
    assert.match(await served(), /FOUND/, name);
  }
  valueOf(await plugIn.test(jobOf(installed, world.content(2, { 'test.cvd': good, 'many.ndb': many(39_000) }), old, root, { verify })));
  await clamd.stop();
});

test.run();
