import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FAILURES, failureExit, failureText } from '../../src/model/index.ts';
import { checkRepository, layout, revoke } from '../../src/publisher/index.ts';
import { componentId } from '../support/read-catalogs.ts';
import { rewriteCatalog } from '../support/rewrite-catalog.ts';
import { must, testRepository, type TestRepository } from '../support/repository.ts';

/** A repository with two components, whole before the test breaks it. */
async function whole(): Promise<TestRepository> {
  const r = await testRepository('check');
  await r.add('demo');
  await r.add('other');
  await r.publish('demo', { a: 'x'.repeat(10_000) });
  await r.publish('other', { b: 'y' });
  return r;
}

const current = (r: TestRepository, role: string): string => {
  const versions = readdirSync(layout.metadata(r.dir)).flatMap((f) => new RegExp(`^(\\d+)\\.${role}\\.json$`).exec(f)?.[1] ?? []);
  return layout.versioned(r.dir, role, Math.max(...versions.map(Number)));
};
const edit = (path: string, change: (text: string) => string): void => writeFileSync(path, change(readFileSync(path, 'utf8')));
const packages = (r: TestRepository): string[] =>
  readdirSync(layout.packages(r.dir)).flatMap((f) => readdirSync(join(layout.packages(r.dir), f)).map((n) => join(layout.packages(r.dir), f, n)));

const BROKEN: readonly (readonly [string, (r: TestRepository) => void, number, RegExp])[] = [
  ['a timestamp that was changed', (r) => edit(layout.timestamp(r.dir), (t) => t.replace(/"expires":"2026/, '"expires":"2036')), 6, /timestamp\.json: 0 valid signatures/],
  ['a timestamp cut in half', (r) => edit(layout.timestamp(r.dir), (t) => t.slice(0, 100)), 8, /timestamp\.json: no valid JSON/],
  ['no timestamp', (r) => rmSync(layout.timestamp(r.dir)), 8, /timestamp\.json: it is missing/],
  ['a snapshot of other bytes', (r) => edit(current(r, 'snapshot'), (t) => `${t} `), 6, /snapshot\.json: its length or hash/],
  ['targets that are gone', (r) => rmSync(current(r, 'targets')), 8, /targets\.json: it is missing/],
  ['a role that was changed', (r) => edit(current(r, 'demo'), (t) => t.replace('"length":', '"length":1')), 6, /demo\.json: its length or hash/],
  ['a root that was changed', (r) => edit(layout.versioned(r.dir, 'root', 1), (t) => t.replace('"threshold":1', '"threshold":2')), 6, /1\.root\.json: \d valid signatures/],
  ['a copy of root that is another', (r) => edit(layout.rootCopy(r.dir), (t) => t.replace(/"expires":"2027/, '"expires":"2037')), 6, /root\.json: it is none of the roots/],
  ['an old timestamp put back', (r) => {
    const old = readFileSync(layout.timestamp(r.dir), 'utf8');
    writeFileSync(layout.timestamp(r.dir), old.replace(/"version":\d+\}\}$/, '"version":1}}'));
  }, 6, /timestamp\.json: 0 valid/],
  ['a package that is gone', (r) => rmSync(packages(r)[0] ?? ''), 9, /\(release 1 of (demo|other)\): it is missing/],
  ['a package of other bytes', (r) => edit(packages(r)[0] ?? '', (t) => t), 9, /: (its hash is not its name|it is \d+ bytes)/],
  ['a package cut short', (r) => writeFileSync(packages(r)[0] ?? '', readFileSync(packages(r)[0] ?? '').subarray(0, -1)), 9, /it is \d+ bytes, the catalog says/],
];
for (const [name, damage, exit, text] of BROKEN) {
  test(`check finds ${name}`, async () => {
    const r = await whole();
    damage(r);
    const { problems } = must(await checkRepository(r.ports, { dir: r.dir }));
    const [first] = problems;
    if (first === undefined) return assert.unreachable('nothing was found');
    assert.match(failureText(first), text);
    assert.is(failureExit(first), exit);
    assert.is(FAILURES[first.why].remedy.length > 0, true);
  });
}

test('check names every broken package, not only the first', async () => {
  const r = await whole();
  for (const path of packages(r)) writeFileSync(path, 'junk');
  assert.is(must(await checkRepository(r.ports, { dir: r.dir })).problems.length, 2);
});

test('check warns before a date and is a problem after it, role by role, with what to do', async () => {
  const r = await whole();
  const at = async (days: number) => {
    r.ports.at = Date.parse('2026-11-25T08:00:00Z') + days * 86_400_000;
    const { problems, warnings } = must(await checkRepository(r.ports, { dir: r.dir }));
    return [problems.map(failureText), warnings.map(failureText)];
  };
  assert.equal(await at(0), [[], []]);
  const [problems, warnings] = await at(6);
  assert.equal(problems, []);
  assert.match(warnings?.join() ?? '', /timestamp\.json: it expires at 2026-12-02T08:00:00Z, in 1\.0 days/);
  const late = await at(8);
  assert.is(late[0]?.length, 1);
  assert.match(late[0]?.[0] ?? '', /timestamp\.json: it expired at/);
  assert.is((await at(366))[0]?.length, 6, 'root, timestamp, snapshot, targets and both roles');
});

test('check warns of a release that machines wait for in vain: what it requires was revoked, or never was', async () => {
  const r = await whole();
  await r.publish('demo', { a: 'needy' }, { requires: ['other:1'] });
  const warned = async () => must(await checkRepository(r.ports, { dir: r.dir })).warnings.map((w) => failureText(w).replace(/^.*?: /, ''));
  assert.equal(await warned(), []);
  must(await revoke(r.ports, { dir: r.dir, id: 'other', sequence: 1, reason: 'bad' }));
  assert.equal(await warned(), ['release 2 of demo requires other at release 1 or newer, and machines wait for that in vain: other has no release 1 or newer, so no machine could meet it; it has none that is not revoked.']);
  await r.publish('other', { b: 'mended' });
  assert.equal(await warned(), [], 'a newer one meets it too');
  rewriteCatalog(r, 'demo', (c) => ({ ...c, releases: c.releases.map((one) => ({ ...one, requires: one.requires.flatMap((q) => [{ ...q, minSequence: 7 }, { ...q, component: componentId('gone') }]) })) }));
  const vain = await warned();
  assert.match(vain.join('\n'), /requires other at release 7 .*; its newest that is not revoked is 2 \(1\.\d+\)\.\n.*requires gone at release 1 .*gone is no component of this repository\./);
  must(await revoke(r.ports, { dir: r.dir, id: 'demo', sequence: 2, reason: 'bad' }));
  assert.equal(await warned(), [], 'nobody waits for a revoked release');
});

test('check warns of as many requirements as a catalog can hold', async () => {
  const r = await whole();
  const requires = Array.from({ length: 10_000 }, () => ({ component: componentId('x'), minSequence: 1 }));
  rewriteCatalog(r, 'demo', (c) => ({ ...c, releases: c.releases.flatMap((one) => Array.from({ length: 13 }, (_, i) => ({ ...one, sequence: 13 - i, requires }))) }));
  assert.is(must(await checkRepository(r.ports, { dir: r.dir })).warnings.length, 130_000);
});

test('check refuses a folder that is no repository', async () => {
  const r = await whole();
  const checked = await checkRepository(r.ports, { dir: r.root });
  if (checked.ok) assert.unreachable('was accepted');
  else assert.match(failureText(checked.failure), /is no content repository/);
});

test.run();
