// runtimes: node, deno
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { applyCdiff, type MemberStore, type Pieces } from '../../src/formats/cdiff-apply.ts';
import { parseCdiffScript } from '../../src/formats/cdiff-script.ts';
import { MAX_CDIFF_BYTES, readCdiff } from '../../src/formats/cdiff.ts';
import { cldOrder, cldPieces } from '../../src/formats/cvd-write.ts';
import { verifyCvd } from '../../src/formats/cvd.ts';
import { ok } from '../../src/model/index.ts';
import { skip } from '../support/skip.ts';

const DATA = new URL('../../../shared/data/clamav/', import.meta.url);
const hasData = existsSync(DATA);
const withData = (name: string, run: () => Promise<void>): void => {
  if (hasData) test(name, run);
  else skip(test, name, `the signed ClamAV fixtures are not at ${DATA.pathname}`);
};
const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, DATA)));
const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

type Memory = MemberStore & { readonly members: Map<string, Uint8Array> };

/** Members in memory, given out in pieces of `size` bytes. */
function memory(members: Readonly<Record<string, string | Uint8Array>> = {}, size = 7): Memory {
  const map = new Map(Object.entries(members).map(([name, body]) => [name, Buffer.from(body instanceof Uint8Array ? body : latin1(body))]));
  const piecesOf = function* (name: string): Pieces & Generator {
    const bytes = map.get(name) ?? new Uint8Array(0);
    for (let at = 0; at < bytes.length; at += size) yield ok(bytes.subarray(at, at + size));
  };
  return {
    members: map,
    has: (name) => map.has(name),
    read: piecesOf,
    write: (name, pieces) => {
      const all: Uint8Array[] = [];
      for (const piece of pieces) {
        if (!piece.ok) return piece.failure;
        all.push(piece.value.slice());
      }
      map.set(name, Buffer.concat(all));
      return undefined;
    },
    remove: (name) => {
      map.delete(name);
      return undefined;
    },
  };
}

/** The members of a container, by name. */
async function membersOf(container: Uint8Array): Promise<Record<string, Uint8Array>> {
  const found: Record<string, Uint8Array> = {};
  let name = '';
  let pieces: Uint8Array[] = [];
  const verified = await verifyCvd(() => [container], 'cvd', { maxUnpackedBytes: 1e8 }, {
    open: (next) => {
      name = next;
      pieces = [];
      return undefined;
    },
    write: (bytes) => void pieces.push(bytes.slice()),
    close: () => {
      found[name] = new Uint8Array(Buffer.concat(pieces));
      return undefined;
    },
  });
  assert.ok(verified.ok, verified.ok ? '' : verified.failure);
  return found;
}

const run = (script: string, members: Readonly<Record<string, string>>): string | Record<string, string> => {
  const steps = parseCdiffScript(latin1(script));
  if (!steps.ok) return steps.failure;
  const store = memory(members);
  const problem = applyCdiff(steps.value, store);
  return problem ?? Object.fromEntries([...store.members].map(([name, bytes]) => [name, Buffer.from(bytes).toString('latin1')]));
};

withData('version 1 and the cdiffs 2 to 6 give every later version, member by member, byte for byte', async () => {
  const versions = [2, 3, 4, 5, 6];
  for (const size of [1, 100, 1_000_000]) {
    const store = memory(await membersOf(fixture('test-1.cvd')), size);
    for (const version of versions) {
      const cdiff = await readCdiff(fixture(`test-${version}.cdiff`));
      assert.ok(cdiff.ok, cdiff.ok ? '' : cdiff.failure);
      assert.is(cdiff.value.version, version);
      assert.is(applyCdiff(cdiff.value.steps, store), undefined);
      const expected = await membersOf(fixture(`test-${version}.cvd`));
      assert.equal([...store.members.keys()].sort(), Object.keys(expected).sort());
      for (const [name, bytes] of Object.entries(expected)) assert.is(Buffer.compare(store.members.get(name) ?? new Uint8Array(0), bytes), 0, `${name} of version ${version}`);
    }
  }
  console.log(`\nNOTE: ${versions.length} of ${versions.length} cdiffs verified, and what each makes is the next CVD's members byte for byte`);
});

withData('what was made of them is written as a .cld that verifies, and says of which version it is', async () => {
  const store = memory(await membersOf(fixture('test-5.cvd')), 1000);
  const cdiff = await readCdiff(fixture('test-6.cdiff'));
  assert.ok(cdiff.ok);
  assert.is(applyCdiff(cdiff.value.steps, store), undefined);
  const info = Buffer.from(store.members.get('test.info') ?? []).toString('latin1');
  const members = cldOrder('test.info', info).map((name) => ({ name, size: store.members.get(name)?.length ?? 0, read: () => store.read(name) }));
  const pieces: Uint8Array[] = [];
  for (const piece of cldPieces(info.split('\n')[0] ?? '', members)) {
    assert.ok(piece.ok);
    pieces.push(piece.value.slice());
  }
  const verified = await verifyCvd(() => pieces, 'cld', { maxUnpackedBytes: 1e8 });
  assert.ok(verified.ok, verified.ok ? '' : verified.failure);
  assert.equal([verified.value.header.version, verified.value.header.signatures, verified.value.signed], [6, 14, 'members']);
  for (const piece of cldPieces('no header', [])) assert.not.ok(piece.ok);
});

withData('a byte flipped anywhere in a cdiff is found, and so is every other forgery', async () => {
  const good = fixture('test-6.cdiff');
  for (let at = 0; at < good.length; at++) {
    const read = await readCdiff(good.map((byte, i) => (i === at ? byte ^ 1 : byte)));
    assert.not.ok(read.ok, `byte ${at} flipped and nobody noticed`);
  }
  const text = Buffer.from(good).toString('latin1');
  const colon = text.lastIndexOf(':');
  const packed = Buffer.from(text.slice(text.indexOf(':', 14) + 1, colon), 'latin1');
  assert.match(gunzipSync(packed.subarray(packed.indexOf(0x1f))).toString('latin1'), /^OPEN test\.info/);
  const forgeries: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['empty', new Uint8Array(0), /does not begin with ClamAV-Diff/],
    ['a page of a captive portal', latin1('<html>Log in</html>'), /does not begin with ClamAV-Diff/],
    ['no signature', latin1(text.slice(0, colon + 1)), /signature is not ClamAV's/],
    ['no colon after the header', latin1('ClamAV-Diff:6:817:'), /signature/],
    ['an endless signature', latin1(`${text}${'a'.repeat(400)}`), /signature/],
    ['the signature of another', latin1(`${text.slice(0, colon + 1)}${Buffer.from(fixture('test-5.cdiff')).toString('latin1').split(':').at(-1)}`), /signature/],
    ['another version', latin1(text.replace('Diff:6', 'Diff:7')), /signature/],
    ['a script of our own', new Uint8Array(Buffer.concat([latin1('ClamAV-Diff:6:5:'), gzipSync('UNLINK test.ndb\n'), latin1(text.slice(colon))])), /signature/],
    ["a container's", fixture('test-6.cvd'), /does not begin with ClamAV-Diff/],
    ['too large', new Uint8Array(MAX_CDIFF_BYTES + 1), /at most 33554432 are read/],
  ];
  for (const [name, bytes, reason] of forgeries) {
    const read = await readCdiff(bytes);
    assert.match(read.ok ? 'no problem' : read.failure, reason, name);
  }
});

test('each command does what ClamAV does, with lines numbered as they were', () => {
  const members = { 'a.ndb': 'one\ntwo\nthree\nfour\n', 'b.ndb': 'x\n' };
  const cases: readonly (readonly [string, string, Record<string, string>])[] = [
    ['nothing but a comment', '# resize 1000\n', members],
    ['an addition', 'OPEN a.ndb\nADD five and six\nCLOSE\n', { ...members, 'a.ndb': 'one\ntwo\nthree\nfour\nfive and six\n' }],
    ['deletions count from the original', 'OPEN a.ndb\nDEL 1 on\nDEL 3 three\nADD five\nCLOSE\n', { ...members, 'a.ndb': 'two\nfour\nfive\n' }],
    ['in any order', 'OPEN a.ndb\nXCHG 4 fo 4 and more\nDEL 2 two\nCLOSE\n', { ...members, 'a.ndb': 'one\nthree\n4 and more\n' }],
    ['all lines', 'OPEN a.ndb\nDEL 1 o\nDEL 2 t\nDEL 3 t\nDEL 4 f\nCLOSE', { ...members, 'a.ndb': '' }],
    ['a new member', 'OPEN c.ldb\nADD new\nCLOSE\n', { ...members, 'c.ldb': 'new\n' }],
    ['a member opened twice', 'OPEN b.ndb\nADD y\nCLOSE\nOPEN b.ndb\nDEL 2 y\nCLOSE\n', members],
    ['lines moved', 'MOVE a.ndb b.ndb 2 two 3 th\n', { 'a.ndb': 'one\nfour\n', 'b.ndb': 'x\ntwo\nthree\n' }],
    ['a member removed', 'UNLINK b.ndb\n', { 'a.ndb': members['a.ndb'] }],
  ];
  for (const [name, script, expected] of cases) assert.equal(run(script, members), expected, name);
  assert.equal(run('OPEN a\nADD two\nCLOSE\n', { a: 'one' }), { a: 'one\ntwo\n' }, 'a line that is not ended');
});

test('whatever is malformed or does not fit is refused, with the line of the script', () => {
  const members = { 'a.ndb': 'one\ntwo\nthree\n', 'b.ndb': 'x\n' };
  const cases: readonly (readonly [string, RegExp])[] = [
    ['JUNK a\n', /^its line 1 is no command: "JUNK"/],
    ['\n', /^its line 1 is no command/],
    ['open a.ndb\n', /is no command/],
    ['OPEN a.ndb\nOPEN b.ndb\n', /^its line 2 opens "b\.ndb" while a\.ndb is open/],
    ['OPEN a.ndb\nADD x\n', /^its line 1 opens a\.ndb, and nothing closes it/],
    ['# x\nCLOSE\n', /^its line 2 closes, and no member is open/],
    ['OPEN a.ndb\nCLOSE now\n', /^its line 2 has more than CLOSE/],
    ['ADD x\n', /adds, and no member is open/],
    ['OPEN a.ndb\nADD\nCLOSE\n', /^its line 2 adds nothing/],
    ['DEL 1 one\n', /edits with DEL, and no member is open/],
    ['OPEN a.ndb\nDEL 0 one\nCLOSE\n', /^its line 2 names a line that is none: "0"/],
    ['OPEN a.ndb\nDEL -1 one\nCLOSE\n', /names a line that is none/],
    ['OPEN a.ndb\nDEL 1e1 one\nCLOSE\n', /names a line that is none/],
    ['OPEN a.ndb\nDEL 9999999999 one\nCLOSE\n', /names a line that is none/],
    ['OPEN a.ndb\nDEL 1\nCLOSE\n', /does not say with what its line begins/],
    ['OPEN a.ndb\nDEL 1 one two\nCLOSE\n', /does not say with what its line begins/],
    ['OPEN a.ndb\nXCHG 1 one\nCLOSE\n', /exchanges a line for nothing/],
    ['OPEN a.ndb\nDEL 1 o\nXCHG 1 o p\nCLOSE\n', /^its line 3 edits line 1 of a\.ndb a second time/],
    ['OPEN a.ndb\nDEL 1 two\nCLOSE\n', /^its line 1 does not find "two" at line 1 of a\.ndb/],
    ['OPEN a.ndb\nDEL 1 one-and-more\nCLOSE\n', /does not find "one-and-more" at line 1/],
    ['OPEN a.ndb\nDEL 4 x\nCLOSE\n', /^its line 1 edits line 4 of a\.ndb, which has 3/],
    ['OPEN c.ndb\nDEL 1 x\nCLOSE\n', /^its line 1 opens c\.ndb, which is not there/],
    ['OPEN c.ndb\nCLOSE\n', /opens c\.ndb, which is not there/],
    ['UNLINK c.ndb\n', /^its line 1 removes c\.ndb, which is not there/],
    ['OPEN a.ndb\nUNLINK a.ndb\n', /removes "a\.ndb" while a\.ndb is open/],
    ['MOVE a.ndb b.ndb 1 one\n', /is no whole MOVE/],
    ['MOVE a.ndb b.ndb 1 one 2 two more\n', /is no whole MOVE/],
    ['MOVE a.ndb a.ndb 1 one 2 two\n', /into itself/],
    ['MOVE a.ndb b.ndb 2 two 1 one\n', /moves lines 2 to 1/],
    ['MOVE a.ndb b.ndb 2 two 2 two\n', /moves lines 2 to 2/],
    ['MOVE a.ndb b.ndb 1 x 2 two\n', /does not find "x" at line 1 of a\.ndb/],
    ['MOVE a.ndb b.ndb 1 one 2 x\n', /does not find "x" at line 2 of a\.ndb/],
    ['MOVE a.ndb b.ndb 3 three 4 x\n', /moves lines 3 to 4 of a\.ndb, which has 3/],
    ['MOVE a.ndb c.ndb 1 one 2 two\n', /c\.ndb is not there/],
    ['OPEN a.ndb\nMOVE a.ndb b.ndb 1 one 2 two\n', /^its line 2 moves while a\.ndb is open/],
  ];
  for (const [script, reason] of cases) {
    const problem = run(script, members);
    assert.match(typeof problem === 'string' ? problem : `nothing: ${JSON.stringify(problem)}`, reason, script);
  }
});

test('a name with a folder in it is refused in every command', () => {
  for (const bad of ['../a', '/etc/passwd', 'a/b', '..', '.', '.hidden', 'a\\b', 'C:a', 'a\0', '', 'a b', 'x'.repeat(101), 'a-b']) {
    for (const script of [`OPEN ${bad}\nADD x\nCLOSE\n`, `UNLINK ${bad}\n`, `MOVE ${bad} b 1 x 2 y\n`, `MOVE a ${bad} 1 x 2 y\n`]) {
      const steps = parseCdiffScript(latin1(script));
      assert.match(steps.ok ? 'no problem' : steps.failure, /^its line 1 (names a member that is not allowed|is no whole MOVE|names a line)/, script);
    }
  }
});

test('a member that cannot be read or written is the problem of the line that wants it', () => {
  const steps = parseCdiffScript(latin1('OPEN a\nDEL 1 x\nCLOSE\n'));
  assert.ok(steps.ok);
  const base = memory({ a: 'x\n' });
  const failing: Pieces = [{ ok: false, failure: 'cannot be read' }];
  assert.is(applyCdiff(steps.value, { ...base, read: () => failing }), 'its line 1 cannot be read');
  assert.is(applyCdiff(steps.value, { ...base, write: () => 'cannot be written' }), 'its line 1 cannot be written');
  const endless = { ...base, read: () => [ok(new Uint8Array(17 * 1024 * 1024).fill(0x41))] };
  assert.match(applyCdiff(steps.value, endless) ?? '', /finds a line of more than 16777216 bytes in a/);
});

test('edits of any file are those of the plain model', () => {
  const word = fc.stringMatching(/^[a-z]{1,5}$/);
  const line = fc.record({ text: word, fate: fc.constantFrom('stay', 'go', 'change') });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), fc.array(word, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 30 }), (lines, added, size) => {
      const edits = lines.flatMap(({ text, fate }, i) => (fate === 'stay' ? [] : fate === 'go' ? [`DEL ${i + 1} ${text}`] : [`XCHG ${i + 1} ${text} new ${text}`]));
      const steps = parseCdiffScript(latin1(['OPEN m', ...edits.reverse(), ...added.map((text) => `ADD ${text}`), 'CLOSE'].join('\n')));
      assert.ok(steps.ok);
      const store = memory({ m: lines.map(({ text }) => `${text}\n`).join('') }, size);
      assert.is(applyCdiff(steps.value, store), undefined);
      const expected = [...lines.flatMap(({ text, fate }) => (fate === 'go' ? [] : [fate === 'change' ? `new ${text}` : text])), ...added].map((text) => `${text}\n`).join('');
      assert.is(Buffer.from(store.members.get('m') ?? []).toString(), expected);
    }),
    { seed: 20_261_125, numRuns: 200 },
  );
});

test.run();
