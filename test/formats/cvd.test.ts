// runtimes: node, deno
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type CvdDatabase, type CvdKind, cvdKind, verifyCvd } from '../../src/formats/cvd.ts';
import type { Outcome } from '../../src/model/index.ts';
import { skip } from '../support/skip.ts';

const DATA = new URL('../../../shared/data/clamav/', import.meta.url);
const hasData = existsSync(DATA);
const withData = (name: string, run: () => Promise<void>): void => {
  if (hasData) test(name, run);
  else skip(test, name, `the signed ClamAV fixtures are not at ${DATA.pathname}`);
};

const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, DATA)));
const LIMITS = { maxUnpackedBytes: 16 * 1024 * 1024 };

/** In pieces of an odd size, so that every boundary is crossed somewhere. */
function pieces(bytes: Uint8Array, size = 777): () => Iterable<Uint8Array> {
  return function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };
}
const verify = (bytes: Uint8Array, kind: CvdKind = 'cvd', limits = LIMITS): Promise<Outcome<CvdDatabase, string>> => verifyCvd(pieces(bytes), kind, limits);
const problem = async (bytes: Uint8Array, kind: CvdKind = 'cvd', limits = LIMITS): Promise<string> => {
  const verified = await verify(bytes, kind, limits);
  return verified.ok ? 'no problem' : verified.failure;
};

const concat = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const flip = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 0x20 : byte));
const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const headerText = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, 512)).toString('latin1').trimEnd();
const body = (bytes: Uint8Array): Uint8Array => bytes.subarray(512);
const header = (text: string): Uint8Array => latin1(text.padEnd(512));
const withField = (text: string, at: number, value: string): string => text.split(':').map((field, i) => (i === at ? value : field)).join(':');

/** The same container as freshclam's local form: nothing signed but the members. */
function asCld(cvd: Uint8Array): Uint8Array {
  const text = withField(withField(headerText(cvd), 5, 'X'), 6, 'X');
  return concat(header(text), new Uint8Array(gunzipSync(body(cvd))));
}
/** One old-style tar member. */
function member(name: string, content: Uint8Array): Uint8Array {
  const block = new Uint8Array(512);
  block.set(latin1(name), 0);
  block.set(latin1(content.length.toString(8)), 124);
  block[156] = 0x30;
  return concat(block, content, new Uint8Array((512 - (content.length % 512)) % 512));
}
/** Where a member's header stands in a plain tar, and where the next one does. */
function span(tar: Uint8Array, name: string): { readonly at: number; readonly end: number } {
  for (let at = 0; at + 512 <= tar.length; ) {
    const found = Buffer.from(tar.subarray(at, at + 100)).toString('latin1').replace(/\0.*/s, '');
    const size = Number.parseInt(Buffer.from(tar.subarray(at + 124, at + 136)).toString('latin1'), 8);
    const end = at + 512 + Math.ceil(size / 512) * 512;
    if (found === name) return { at, end };
    at = end;
  }
  throw new Error(`no member ${name}`);
}

withData('every signed fixture verifies, with its version, its count and all its members', async () => {
  const expected = { 'test-1.cvd': [1, 0, 4], 'test-2.cvd': [2, 0, 4], 'test-3.cvd': [3, 11, 20], 'test-4.cvd': [4, 12, 20], 'test-5.cvd': [5, 13, 20], 'test-6.cvd': [6, 14, 20], 'bytecode.cvd': [19, 3, 6] };
  for (const [name, [version, signatures, members]] of Object.entries(expected)) {
    const verified = await verify(fixture(name));
    assert.ok(verified.ok, `${name}: ${verified.ok ? '' : verified.failure}`);
    assert.equal([verified.value.header.version, verified.value.header.signatures, verified.value.members.length], [version, signatures, members], name);
    assert.is(verified.value.signed, 'body-and-members');
  }
  console.log(`\nNOTE: ${Object.keys(expected).length} of ${Object.keys(expected).length} CVDs verified`);
});

withData('the size of the pieces that a container comes in does not matter', async () => {
  const bytes = fixture('test-6.cvd');
  for (const size of [1, 511, 512, 513, 100_000]) {
    const verified = await verifyCvd(pieces(bytes, size), 'cvd', LIMITS);
    assert.ok(verified.ok, `pieces of ${size}`);
  }
});

withData('a .cld made of a signed container verifies by its members alone', async () => {
  const verified = await verify(asCld(fixture('test-5.cvd')), 'cld');
  assert.ok(verified.ok);
  assert.is(verified.value.signed, 'members');
});

test('an unsigned container is read, and said to be unsigned', async () => {
  const rules = latin1('Sample.Test:0:*:414243\n');
  const sha256 = createHash('sha256').update(rules).digest('hex');
  const line = 'ClamAV-VDB:25 Nov 2026 07-13 +0000:3:1:81:X:X:someone:1795590796';
  const info = latin1(`${line}\nu.ndb:${rules.length}:${sha256}\n`);
  const packed = new Uint8Array(gzipSync(concat(member('COPYING', latin1('x')), member('u.info', info), member('u.ndb', rules), new Uint8Array(1024))));
  const cud = concat(header(withField(line, 5, createHash('md5').update(packed).digest('hex'))), packed);
  const verified = await verify(cud, 'cud');
  assert.ok(verified.ok);
  assert.is(verified.value.signed, 'no');
  assert.match(await problem(cud, 'cvd'), /signature is not ClamAV's/);
  assert.match(await problem(flip(cud, 600), 'cud'), /MD5/);
});

withData('a byte flipped anywhere in a .cvd is found', async () => {
  const bytes = fixture('test-3.cvd');
  const used = headerText(bytes).length;
  const places = [...Array.from({ length: used }, (_, i) => i), used, 511, 512, 513, 520, ...Array.from({ length: 80 }, (_, i) => 512 + Math.floor(((bytes.length - 513) * i) / 80)), bytes.length - 1];
  for (const at of places) {
    const verified = await verify(flip(bytes, at));
    assert.not.ok(verified.ok, `byte ${at} flipped and nobody noticed`);
  }
});

withData('each forgery is refused, for its own reason', async () => {
  const good = fixture('test-6.cvd');
  const text = headerText(good);
  const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
  const repack = (tar: Uint8Array): Uint8Array => {
    const packed = new Uint8Array(gzipSync(tar));
    return concat(header(withField(text, 5, md5(packed))), packed);
  };
  const tar = new Uint8Array(gunzipSync(body(good)));
  const forgeries: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['empty', new Uint8Array(0), /0 bytes long/],
    ['a header alone', good.subarray(0, 512), /MD5/],
    ['half a header', good.subarray(0, 300), /300 bytes long, shorter/],
    ['cut at the end', good.subarray(0, -100), /MD5/],
    ['bytes after the end', concat(good, latin1('more')), /MD5/],
    ['another magic', flip(good, 0), /does not begin with ClamAV-VDB/],
    ['a later version in the header', concat(header(withField(text, 2, '7')), body(good)), /header is not the one in test\.info/],
    ['more signatures in the header', concat(header(withField(text, 3, '99999')), body(good)), /header is not the one in test\.info/],
    ['a lower functionality level', concat(header(withField(text, 4, '1')), body(good)), /header is not the one in test\.info/],
    ['a negative version', concat(header(withField(text, 2, '-6')), body(good)), /number in its header/],
    ['one field too many', concat(header(`${text}:1`), body(good)), /nine fields/],
    ['no MD5', concat(header(withField(text, 5, 'X')), body(good)), /MD5/],
    ['an empty dsig', concat(header(withField(text, 6, '')), body(good)), /signature/],
    ['a dsig with a strange character', concat(header(withField(text, 6, `${text.split(':')[6]?.slice(1)}-`)), body(good)), /signature/],
    ['the dsig of another container', concat(header(withField(text, 6, headerText(fixture('test-5.cvd')).split(':')[6] ?? '')), body(good)), /signature/],
    ['packed anew with a right MD5', repack(tar), /signature/],
    ['HTML in its place', latin1(`<html>${'x'.repeat(600)}</html>`), /ClamAV-VDB/],
  ];
  for (const [name, bytes, reason] of forgeries) assert.match(await problem(bytes), reason, name);
});

withData('a .cld whose members are not those that were signed is refused', async () => {
  const good = asCld(fixture('test-6.cvd'));
  const head = good.subarray(0, 512);
  const tar = body(good);
  const ndb = span(tar, 'test.ndb');
  const info = span(tar, 'test.info');
  const resized = tar.slice();
  resized.set(latin1('0000000001'), ndb.at + 124);
  const linked = tar.slice();
  linked[ndb.at + 156] = 0x32;
  const endless = tar.slice();
  endless.set(latin1('77777777777'), ndb.at + 124);
  const forgeries: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['a flipped byte in a member', flip(tar, ndb.at + 512), /test\.ndb is not the one/],
    ['a flipped byte in the list', flip(tar, info.at + 512 + 100), /not signed by ClamAV/],
    ['a flipped byte in its signature', flip(tar, info.at + 512 + 1600), /not signed by ClamAV/],
    ['a member removed', concat(tar.subarray(0, ndb.at), tar.subarray(ndb.end)), /test\.ndb is missing/],
    ['the list removed', concat(tar.subarray(0, info.at), tar.subarray(info.end)), /0 lists of members/],
    ['a member added', concat(tar.subarray(0, ndb.at), member('more.ndb', latin1('X:0:*:41')), tar.subarray(ndb.at)), /more\.ndb is not in/],
    ['a second list', concat(tar.subarray(0, ndb.at), member('more.info', latin1('x')), tar.subarray(ndb.at)), /2 lists/],
    ['a member twice', concat(tar.subarray(0, ndb.at), tar.subarray(ndb.at, ndb.end), tar.subarray(ndb.at)), /test\.ndb twice/],
    ['a member outside', concat(tar.subarray(0, ndb.at), member('../evil', latin1('x')), tar.subarray(ndb.at)), /not allowed/],
    ['a member without a name', concat(tar.subarray(0, ndb.at), member('', latin1('x')), tar.subarray(ndb.at)), /not allowed/],
    ['a link', linked, /not a regular file/],
    ['a wrong length', resized, /./],
    ['an endless length', endless, /cut short/],
    ['bytes after the end of the archive', concat(tar, new Uint8Array(1024), member('late.ndb', latin1('x'))), /follow the end/],
  ];
  for (const [name, bytes, reason] of forgeries) assert.match(await problem(concat(head, bytes), 'cld'), reason, name);
  assert.match(await problem(concat(header(withField(headerText(good), 2, '7')), tar), 'cld'), /header is not the one/);
});

test('a bomb is stopped at its limit, and a body that is no gzip is said to be none', async () => {
  const line = 'ClamAV-VDB:25 Nov 2026 07-13 +0000:3:1:81:X:X:someone:1795590796';
  const wrap = (packed: Uint8Array): Uint8Array => concat(header(withField(line, 5, createHash('md5').update(packed).digest('hex'))), packed);
  const bomb = wrap(new Uint8Array(gzipSync(concat(member('COPYING', new Uint8Array(40_000_000))))));
  assert.match(await problem(bomb, 'cud', { maxUnpackedBytes: 1_000_000 }), /more than 1000000 bytes/);
  assert.match(await problem(wrap(latin1('no gzip at all')), 'cud'), /not a whole gzip stream/);
  const cut = new Uint8Array(gzipSync(member('COPYING', latin1('x')))).subarray(0, -9);
  assert.match(await problem(wrap(cut), 'cud'), /not a whole gzip stream/);
});

test('the kind of a container is its extension', () => {
  assert.equal(['a.cvd', 'daily.cld', 'x.cud', 'x.ndb', 'cvd', 'a.cvd.sign', 'a.CVD'].map(cvdKind), ['cvd', 'cld', 'cud', undefined, undefined, undefined, undefined]);
});

test.run();
