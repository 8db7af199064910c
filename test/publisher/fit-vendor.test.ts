// runtimes: node, deno
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { failureCode, failureText } from '../../src/model/index.ts';
import { addComponent, publish } from '../../src/publisher/index.ts';
import { testRepository, writeTree } from '../support/repository.ts';
import { skip } from '../support/skip.ts';

const DATA = new URL('../../../shared/data/clamav/', import.meta.url);
const fixture = (name: string): Buffer => readFileSync(new URL(name, DATA));

async function aCdiffMustFit(): Promise<void> {
  const r = await testRepository();
  const { dir, ports } = r;
  assert.ok((await addComponent(ports, { dir, id: 'db', type: 'av', plugin: 'clamav' })).ok);
  const path = writeTree(join(r.root, 'first'), { 'test.cvd': fixture('test-5.cvd'), 'a.ndb': 'A:0:*:41414141\n' });
  assert.ok((await publish(ports, { dir, id: 'db', path, version: '5', deltas: 0 })).ok);
  const forged = join(r.root, 'forged-6.cdiff');
  writeFileSync(forged, fixture('test-6.cdiff').map((byte, i) => (i === 100 ? byte ^ 1 : byte)));
  const cdiff = (version: number): string => new URL(`test-${version}.cdiff`, DATA).pathname;
  const six = { 'test.cvd': fixture('test-6.cvd') };
  const cases: readonly (readonly [string, Readonly<Record<string, Uint8Array | string>>, string, RegExp | undefined])[] = [
    ['that of another version', six, cdiff(5), /test-5\.cdiff is of no use: it makes version 5 with another list of members than test\.info there/],
    ['a forged one', six, forged, /forged-6\.cdiff is of no use: its signature is not ClamAV's/],
    ['none', six, new URL('test-6.cvd.sign', DATA).pathname, /is no delta of a vendor that we know/],
    ['for another database', { 'bytecode.cvd': fixture('bytecode.cvd') }, cdiff(6), /changes test\.info, and the release has no signed database with that list/],
    ['for plain files', { 'a.ndb': 'A:0:*:41414141\n' }, cdiff(6), /no signed database with that list/],
    ['for a damaged database', { 'test.cvd': fixture('test-6.cvd').subarray(0, -9) }, cdiff(6), /test\.cvd is no good ClamAV database, its MD5/],
    ['from a release without a file that is beside it', { ...six, 'a.ndb': 'A:0:*:41414141\n', 'b.ndb': 'B:0:*:41414141\n' }, cdiff(6), /no cdiff changes anything beside the database, and release 1, which it leads from, has no b\.ndb/],
    ['from a release with another file beside it', { ...six, 'a.ndb': 'B:0:*:41414141\n' }, cdiff(6), /which it leads from, has another a\.ndb/],
    ['from a release with one file more', six, cdiff(6), /has a\.ndb, and this one does not/],
    ['the right one', { ...six, 'test.cvd.sign': 'another form, another signature', 'a.ndb': 'A:0:*:41414141\n' }, cdiff(6), undefined],
  ];
  for (const [i, [name, files, delta, text]] of cases.entries()) {
    const next = writeTree(join(r.root, `next-${i}`), files);
    const outcome = await publish(ports, { dir, id: 'db', path: next, version: `6.${i}`, deltas: 0, vendorDeltas: [`1:${delta}`] });
    if (text === undefined) {
      assert.ok(outcome.ok, outcome.ok ? '' : failureText(outcome.failure));
      assert.equal(outcome.value.release.deltas.map((d) => [d.fromSequence, d.algorithm, d.size]), [[1, 'cdiff', fixture('test-6.cdiff').length]]);
      assert.is(outcome.value.release.sequence, 2, 'nothing was published before');
    } else assert.ok(!outcome.ok && failureCode(outcome.failure) === 'usage' && text.test(failureText(outcome.failure)), `${name}: ${outcome.ok ? 'published' : failureText(outcome.failure)}`);
  }
}

const NAME = 'a cdiff is published only where ClamAV signed it, it makes a database of the release, and all else is what it was';
if (existsSync(DATA)) test(NAME, aCdiffMustFit);
else skip(test, NAME, `the signed ClamAV fixtures are not at ${DATA.pathname}`);

test.run();
