// runtimes: node, deno
import { existsSync, linkSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { membersSize, outcomeDigest } from '../../src/formats/cvd-outcome.ts';
import { verifyCvd } from '../../src/formats/cvd.ts';
import { type Content, type DeltaOutcome, failureCode, failureText, type Files } from '../../src/model/index.ts';
import { applyVendorDelta, type VendorDelta } from '../../src/plugins/index.ts';
import { skip } from '../support/skip.ts';
import { asCld, clamscanSays, clamWorld, type ClamWorld, DATA, fixture, flipped, lacking } from './clamav-world.ts';
import { builtIn, dyingFiles, installedAs, jobOf, realPorts, sha256, type Tree, valueOf } from './world.ts';

const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');
const OTHER: Tree = { 'local.ndb': `Glued.Local:0:*:${Buffer.from('glued-local').toString('hex')}\n` };
const when = (lack: string | undefined, name: string, run: () => Promise<void>): void => {
  if (lack === undefined) test(name, run);
  else skip(test, name, lack);
};

const cdiff = (version: number): string => new URL(`test-${version}.cdiff`, DATA).pathname;
const baseOf = (world: ClamWorld, tree: Tree = { 'test.cvd': fixture('test-1.cvd'), 'test.cvd.sign': fixture('test-1.cvd.sign'), ...OTHER }): Content => world.content(1, tree);

/** What the catalog promises of a release that holds this version of the database, and these files beside it. */
async function promised(version: number, others: Tree = OTHER): Promise<DeltaOutcome> {
  const database = await verifyCvd(() => [fixture(`test-${version}.cvd`)], 'cvd', { maxUnpackedBytes: 1e8 });
  if (!database.ok) throw new Error(database.failure);
  const entries = Object.entries(others).map(([path, body]) => ({ type: 'file', path, size: body.length, sha256: sha256(Buffer.from(body)), mode: 0o644 }) as const);
  const { members } = database.value;
  return { sha256: outcomeDigest({ path: 'test.cvd', members }, entries), size: membersSize(members) };
}

type Told = { readonly names: readonly string[] } | { readonly fault: string; readonly text: string; readonly at: number };
async function apply(world: ClamWorld, ask: Partial<VendorDelta> = {}, files: Files = realPorts.files): Promise<Told> {
  const folder = join(world.component.installPath, '.glued-demo/6');
  const deltas = [2, 3, 4, 5, 6].map(cdiff);
  const done = await applyVendorDelta({ files }, { algorithm: 'cdiff', component: 'demo', version: '6.0', base: { folder: join(world.component.installPath, '.glued-demo/1') }, deltas, outcome: lacking('data') === undefined ? await promised(6) : { sha256: sha256(Buffer.of()), size: 0 }, folder, signal: new AbortController().signal, ...ask });
  if (done.ok) return { names: done.value.entries.map((e) => e.path) };
  assert.ok(['unpack', 'disk-space', 'interrupted'].includes(failureCode(done.failure.failure)), failureCode(done.failure.failure));
  return { fault: done.failure.fault, text: failureText(done.failure.failure), at: done.failure.at };
}
/** Nothing is left of an attempt that failed. */
const left = (world: ClamWorld): readonly string[] => readdirSync(join(world.component.installPath, '.glued-demo')).sort();

when(lacking('data'), 'a chain of five cdiffs makes version 6 of version 1, and leaves all other files what they were', async () => {
  const world = clamWorld();
  baseOf(world);
  assert.equal(await apply(world), { names: ['local.ndb', 'test.cld'] });
  assert.equal(left(world), ['1', '6']);
  const made = readFileSync(join(world.component.installPath, '.glued-demo/6/content/test.cld'));
  const [ours, theirs] = [await verifyCvd(() => [made], 'cld', { maxUnpackedBytes: 1e8 }), await verifyCvd(() => [fixture('test-6.cvd')], 'cvd', { maxUnpackedBytes: 1e8 })];
  assert.ok(ours.ok && theirs.ok);
  const sums = (members: readonly { readonly name: string; readonly sha256: string }[]): readonly string[] => members.map((m) => `${m.name} ${m.sha256}`).sort();
  assert.equal(sums(ours.value.members), sums(theirs.value.members));
  assert.is(ours.value.header.identity, theirs.value.header.identity);
});

when(lacking('data', 'clamscan'), 'the installed clamscan loads the outcome, passes our test with it, and finds what version 6 finds', async () => {
  const world = clamWorld();
  const base = baseOf(world);
  await apply(world);
  const next = { ...base, sequence: 6, folder: join(world.component.installPath, '.glued-demo/6') };
  const sample = join(world.root, 'eicar');
  writeFileSync(sample, EICAR);
  assert.is(clamscanSays(join(base.folder, 'content'), sample), 0, 'version 1 does not know it');
  assert.is(clamscanSays(join(next.folder, 'content'), sample), 1);
  const plugIn = builtIn('clamav')(realPorts);
  const job = jobOf(installedAs(world.component, base), next, base, world.root, { verify: { ...jobOf(world.component, next, null, '').verify, mustDetect: [sample] } });
  valueOf(await plugIn.test(job));
  for (const [content, previous] of [[base, null], [next, base]] as const) valueOf(await plugIn.swap({ ...job, next: content, previous }));
  valueOf(await plugIn.confirm(job));
  assert.equal(readdirSync(world.component.installPath).filter((name) => !name.startsWith('.')).sort(), ['local.ndb', 'test.cld']);
  valueOf(await plugIn.restore(job));
  assert.equal(readdirSync(world.component.installPath).filter((name) => !name.startsWith('.')).sort(), ['local.ndb', 'test.cvd', 'test.cvd.sign']);
});

when(lacking('data'), 'a .cld, and what came of an earlier cdiff, are bases too', async () => {
  const world = clamWorld();
  baseOf(world, { 'test.cld': asCld(fixture('test-4.cvd')), ...OTHER });
  assert.equal(await apply(world, { deltas: [cdiff(5)], outcome: await promised(5), folder: join(world.component.installPath, '.glued-demo/5') }), { names: ['local.ndb', 'test.cld'] });
  const second = await apply(world, { deltas: [cdiff(6)], base: { folder: join(world.component.installPath, '.glued-demo/5') } });
  assert.equal(second, { names: ['local.ndb', 'test.cld'] });
});

when(lacking('data'), 'whatever is not right is refused, says whose fault it is, and leaves nothing', async () => {
  const world = clamWorld();
  const forged = join(world.root, 'forged.cdiff');
  writeFileSync(forged, flipped(fixture('test-2.cdiff'), 100));
  const cases: readonly (readonly [string, Tree | undefined, Partial<VendorDelta>, string, RegExp])[] = [
    ['another algorithm', undefined, { algorithm: 'zstd' }, 'delta', /knows cdiff only/],
    ['no delta', undefined, { deltas: [] }, 'delta', /there is no delta/],
    ['a forged delta', undefined, { deltas: [forged] }, 'delta', /forged\.cdiff: its signature is not ClamAV's/],
    ['a container as delta', undefined, { deltas: [new URL('test-2.cvd', DATA).pathname] }, 'delta', /does not begin with ClamAV-Diff/],
    ['a gap in the chain', undefined, { deltas: [cdiff(2), cdiff(4)] }, 'delta', /it makes version 4, and test\.cvd is version 2/],
    ['a delta twice', undefined, { deltas: [cdiff(2), cdiff(2)] }, 'delta', /it makes version 2, and test\.cvd is version 2/],
    ['a delta that is not there', undefined, { deltas: ['/nowhere/x.cdiff'] }, 'machine', /x\.cdiff/],
    ['a base that is too old', undefined, { deltas: [cdiff(6)] }, 'delta', /it makes version 6, and test\.cvd is version 1/],
    ['a forged base', { 'test.cvd': flipped(fixture('test-1.cvd'), 3000) }, {}, 'base', /test\.cvd: its MD5/],
    ['an unsigned base', { 'test.cud': fixture('test-1.cvd') }, {}, 'base', /no signed database whose list is test\.info/],
    ['a base without a database', { ...OTHER }, {}, 'base', /no signed database/],
    ['another database of that name', { 'test.cvd': fixture('bytecode.cvd') }, { deltas: [cdiff(2)] }, 'base', /it has no member test\.info/],
    ['an outcome that is another than the catalog says', undefined, { outcome: await promised(5) }, 'delta', /test\.cld: with the files beside it, it is not what the release promises/],
    ['a release with another file beside it', undefined, { outcome: await promised(6, { 'local.ndb': 'Glued.Other:0:*:41414141\n' }) }, 'delta', /not what the release promises/],
    ['a release with one file more', undefined, { outcome: await promised(6, { ...OTHER, 'more.ndb': '' }) }, 'delta', /not what the release promises/],
    ['a base that is not there', undefined, { base: { folder: '/nowhere' } }, 'base', /manifest\.json is missing/],
  ];
  for (const [name, tree, ask, fault, text] of cases) {
    baseOf(world, tree);
    const told = await apply(world, ask);
    assert.ok('fault' in told, name);
    assert.equal([told.fault, text.test(told.text)], [fault, true], `${name}: ${told.text}`);
    assert.equal(left(world), ['1'], name);
  }
});

when(lacking('data'), 'a file of the base that was changed meanwhile is not carried over', async () => {
  const world = clamWorld();
  const base = baseOf(world);
  writeFileSync(join(base.folder, 'content/local.ndb'), 'x'.repeat(OTHER['local.ndb']?.length ?? 0));
  const told = await apply(world);
  assert.ok('fault' in told && told.fault === 'base' && /local\.ndb are not those of the release/.test(told.text), JSON.stringify(told));
});

when(lacking('data'), 'a disk that is full at any moment, and a run that is stopped, are not the delta’s fault', async () => {
  const outcome = await promised(2);
  for (let n = 0; ; n++) {
    const world = clamWorld();
    baseOf(world);
    let reached = 0;
    const told = await apply(world, { deltas: [cdiff(2)], outcome }, dyingFiles(realPorts.files, n, 'fail', (count) => (reached = Math.max(reached, count))));
    if (reached <= n) {
      assert.ok('names' in told && n > 12, `only ${n} operations`);
      break;
    }
    // what cannot be tidied up is no failure of the outcome
    if ('names' in told) continue;
    assert.equal([told.fault, /The disk is full/.test(told.text)], ['machine', true], `${n}: ${told.text}`);
    assert.ok(existsSync(join(world.component.installPath, '.glued-demo/1/content/test.cvd')));
  }
  const world = clamWorld();
  baseOf(world);
  const stopped = await apply(world, { signal: AbortSignal.abort('SIGTERM') });
  assert.ok('fault' in stopped && stopped.fault === 'machine' && /SIGTERM/.test(stopped.text));
  assert.equal(left(world), ['1']);
});

when(lacking('data'), 'the outcome shares the files that did not change with its base', async () => {
  const world = clamWorld();
  baseOf(world);
  linkSync(join(world.component.installPath, '.glued-demo/1/content/local.ndb'), join(world.root, 'same'));
  await apply(world);
  const stat = (path: string): number => {
    const seen = realPorts.files.stat(path);
    return seen.ok ? seen.value.inode : 0;
  };
  assert.is(stat(join(world.component.installPath, '.glued-demo/6/content/local.ndb')), stat(join(world.root, 'same')));
});

test.run();
