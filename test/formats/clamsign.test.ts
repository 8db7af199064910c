// runtimes: node, deno
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MAX_SIGN_BYTES, readRoots, verifySign } from '../../src/formats/clamsign.ts';
import { hasOpenssl, SignChain, signFile } from '../support/sign-chain.ts';
import { skip } from '../support/skip.ts';

const DATA = new URL('../../../shared/data/clamav/', import.meta.url);
const when = (isThere: boolean, lack: string, name: string, run: () => Promise<void>): void => {
  if (isThere) test(name, run);
  else skip(test, name, lack);
};
const withData = (name: string, run: () => Promise<void>): void => when(existsSync(DATA), `the signed ClamAV fixtures are not at ${DATA.pathname}`, name, run);
const withOpenssl = (name: string, run: () => Promise<void>): void => when(hasOpenssl(), 'openssl is not installed', name, run);

const NAMES = ['test-1.cvd', 'test-2.cvd', 'test-3.cvd', 'test-4.cvd', 'test-5.cvd', 'test-6.cvd', 'test-2.cdiff', 'test-3.cdiff', 'test-4.cdiff', 'test-5.cdiff', 'test-6.cdiff'];
/** the fixtures' root is valid from 2025-03-26 to 2027-03-26 */
const IN_TIME = Date.parse('2026-11-25T12:00:00Z');
const fixture = (name: string): Buffer => readFileSync(new URL(name, DATA));
const flipped = (bytes: Uint8Array, at: number): Uint8Array => new Uint8Array(bytes).map((byte, i) => (i === at ? byte ^ 1 : byte));
const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

function rootsOf(pem: Uint8Array): Parameters<typeof verifySign>[2]['roots'] {
  const roots = readRoots(pem);
  if (!roots.ok) throw new Error(roots.failure);
  return roots.value;
}
async function says(sign: Uint8Array, content: Uint8Array, pem: Uint8Array, now = IN_TIME): Promise<string> {
  const verified = await verifySign(sign, sha256(content), { roots: rootsOf(pem), now });
  return verified.ok ? `signed by ${verified.value}` : verified.failure;
}

withData('every .sign of the fixtures verifies, and none of its forgeries does', async () => {
  const root = fixture('clamav-test.crt');
  for (const [i, name] of NAMES.entries()) {
    const [content, sign] = [fixture(name), fixture(`${name}.sign`)];
    assert.is(await says(sign, content, root), 'signed by "ClamAV TEST CVD Signing Cert"', name);
    assert.match(await says(sign, flipped(content, content.length - 20), root), /not over this file/, `${name}: a byte of the content`);
    assert.match(await says(fixture(`${NAMES[(i + 1) % NAMES.length]}.sign`), content, root), /not over this file/, `${name}: another file's`);
    const der = Buffer.from(sign.toString('latin1').split('\n')[1]?.split(':')[3] ?? '', 'base64');
    assert.match(await says(signFile(flipped(der, der.length - 10)), content, root), /not over this file|cannot be verified/, `${name}: a byte of the signature`);
  }
  console.log(`\nNOTE: ${NAMES.length} of ${NAMES.length} .sign verified, ${3 * NAMES.length} forgeries of them refused`);
});

withData('outside the time in which every certificate is valid nothing is believed', async () => {
  const [content, sign, root] = [fixture('test-1.cvd'), fixture('test-1.cvd.sign'), fixture('clamav-test.crt')];
  assert.match(await says(sign, content, root, Date.parse('2027-06-01')), /"ClamAV TEST Root CA" expired on Mar 26 .*2027/);
  assert.match(await says(sign, content, root, Date.parse('2035-06-01')), /"ClamAV TEST CVD Signing Cert" expired on/);
  assert.match(await says(sign, content, root, Date.parse('2025-01-01')), /"ClamAV TEST CVD Signing Cert" is valid only from/);
  assert.match(await says(sign, content, root, Number.NaN), /valid only from/);
});

withData('a byte flipped in the signature is found; one flipped elsewhere is found or changes nothing that counts', async () => {
  const [content, sign, root] = [fixture('test-6.cdiff'), fixture('test-6.cdiff.sign'), fixture('clamav-test.crt')];
  const der = Buffer.from(sign.toString('latin1').split('\n')[1]?.split(':')[3] ?? '', 'base64');
  const signatureAt = der.length - 512;
  for (let at = signatureAt; at < der.length; at += 11) assert.not.match(await says(signFile(flipped(der, at)), content, root), /^signed by/, `byte ${at}`);
  // a length written in another way, an unused version: the message says the same, of this content and no other
  for (let at = 0; at < signatureAt; at += 29) {
    const changed = signFile(flipped(der, at));
    assert.match(await says(changed, content, root), /^(signed by "ClamAV TEST CVD Signing Cert"|its? |a certificate|the certificate)/, `byte ${at}`);
    assert.not.match(await says(changed, flipped(content, 100), root), /^signed by/, `byte ${at}`);
  }
});

withData('lines for other engines are passed over, and what is no .sign is refused', async () => {
  const [content, sign, root] = [fixture('test-1.cvd'), fixture('test-1.cvd.sign'), fixture('clamav-test.crt')];
  const line = sign.toString('latin1').split('\n')[1] ?? '';
  const [, , format, base64] = line.split(':');
  const file = (...lines: readonly string[]): Uint8Array => Buffer.from(['#clamsign-1.0', ...lines, ''].join('\n'));
  const good = 'signed by "ClamAV TEST CVD Signing Cert"';
  const cases: readonly (readonly [Uint8Array, string | RegExp])[] = [
    [file('231::pkcs7-pem:AAAA', line), good],
    [file('100:229:pkcs7-pem:AAAA', '# a comment', line), good],
    [file('230::other:AAAA', line), good],
    [file(`230:230:${format}:${base64}`), good],
    [file('230::pkcs7-pem:AAAA', line), good],
    [file(`231::${format}:${base64}`), /no signature for functionality level 230/],
    [file(`1:229:${format}:${base64}`), /no signature for functionality level 230/],
    [file(), /no signature for/],
    [file(line, ''), /its line 3 is not/],
    [file(`${line}\r`), /its line 2 is not/],
    [file(`x::${format}:${base64}`), /its line 2 is not/],
    [file(line.slice(0, -100)), /its signature|cannot be read|not over/],
    [file('230::pkcs7-pem:AAAA'), /cannot be verified/],
    [Buffer.from(line), /does not begin with #clamsign-1\.0/],
    [new Uint8Array(0), /does not begin/],
    [Buffer.from('<html>'), /does not begin/],
    [new Uint8Array(MAX_SIGN_BYTES + 1), /larger than/],
    [file(...Array.from({ length: 17 }, () => line)), /more than 16 lines/],
    // a message that is nested deeper than anybody needs
    [file(`230::pkcs7-pem:${Buffer.alloc(100_000, 0x30).toString('base64')}`), /cannot be verified/],
  ];
  for (const [bytes, expected] of cases) {
    const said = await says(bytes, content, root);
    assert.ok(typeof expected === 'string' ? said === expected : expected.test(said), `${said} for ${Buffer.from(bytes).toString('latin1').slice(0, 60)}`);
  }
});

withOpenssl('a chain must lead to the root by certificates that may issue, from one that may sign', async () => {
  const chain = new SignChain();
  const content = Buffer.from('a database');
  chain.issue('root', 'root');
  chain.issue('other', 'root');
  chain.issue('middle', 'middle', 'root');
  chain.issue('plain', 'no CA', 'root');
  chain.issue('weak', 'CA that may not issue', 'root');
  chain.issue('leaf', 'leaf', 'middle');
  chain.issue('bare', 'bare leaf', 'middle');
  chain.issue('keys', 'leaf for keys', 'middle');
  chain.issue('mail', 'leaf for mail', 'middle');
  chain.issue('short', 'leaf', 'middle', 3650, 1024);
  chain.issue('signer', 'issuer without CA', 'root');
  chain.issue('end', 'bare leaf', 'root');
  chain.issue('below signer', 'leaf', 'signer');
  chain.issue('below end', 'leaf', 'end');
  chain.issue('below plain', 'leaf', 'plain');
  chain.issue('below weak', 'leaf', 'weak');
  const now = Date.now() + 60_000;
  const cases: readonly (readonly [string, readonly string[], string, RegExp])[] = [
    ['leaf', ['middle'], 'root', /^signed by "leaf"$/],
    ['leaf', ['other', 'middle', 'bare'], 'root', /^signed by "leaf"$/],
    ['bare', ['middle'], 'root', /^signed by "bare"$/],
    ['leaf', [], 'middle', /^signed by "leaf"$/],
    ['leaf', ['middle'], 'other', /do not lead to a trusted root: "middle" was issued by none/],
    ['leaf', ['middle', 'root'], 'other', /do not lead to a trusted root/],
    ['leaf', [], 'root', /do not lead to a trusted root: "leaf" was issued by none/],
    ['below plain', ['plain'], 'root', /"below plain" was issued by none/],
    ['below signer', ['signer'], 'root', /"below signer" was issued by none/],
    ['below end', ['end'], 'root', /"below end" was issued by none/],
    ['below weak', ['weak'], 'root', /"below weak" was issued by none/],
    ['keys', ['middle'], 'root', /"keys" may not sign data/],
    ['mail', ['middle'], 'root', /"mail" may not sign code/],
    ['short', ['middle'], 'root', /"short" has a key of 1024 bits|cannot be verified/],
  ];
  for (const [signer, others, root, expected] of cases) {
    assert.match(await says(signFile(chain.message(content, signer, others)), content, chain.pem(root), now), expected, `${signer} with ${others.join(' ')} under ${root}`);
  }
  const two = Buffer.concat([chain.pem('other'), Buffer.from('\n'), chain.pem('root')]);
  assert.match(await says(signFile(chain.message(content, 'leaf', ['middle'])), content, two, now), /^signed by/, 'any of several roots');
  // the same names and another key: not issued by the root that we know
  const forged = new SignChain();
  forged.issue('root', 'root');
  forged.issue('middle', 'middle', 'root');
  forged.issue('leaf', 'leaf', 'middle');
  assert.match(await says(signFile(forged.message(content, 'leaf', ['middle'])), content, chain.pem('root'), now), /do not lead to a trusted root/);
  assert.match(await says(signFile(forged.message(content, 'leaf', ['middle']), chain.message(content, 'leaf', ['middle'])), content, chain.pem('root'), now), /^signed by/, 'one good line is enough');
});

withOpenssl('a chain is followed for four steps, and no further', async () => {
  const chain = new SignChain();
  const content = Buffer.from('a database');
  chain.issue('root', 'root');
  for (let i = 1; i <= 5; i++) chain.issue(`m${i}`, 'middle', i === 1 ? 'root' : `m${i - 1}`);
  chain.issue('four', 'leaf', 'm4');
  chain.issue('five', 'leaf', 'm5');
  const now = Date.now() + 60_000;
  const all = ['m1', 'm2', 'm3', 'm4', 'm5'];
  assert.match(await says(signFile(chain.message(content, 'four', all)), content, chain.pem('root'), now), /^signed by "four"$/);
  assert.match(await says(signFile(chain.message(content, 'five', all)), content, chain.pem('root'), now), /within 4 steps/);
});

withOpenssl('messages in any other form than a detached one with signed attributes and SHA-256 are refused', async () => {
  const chain = new SignChain();
  const content = Buffer.from('a database');
  chain.issue('root', 'root');
  chain.issue('leaf', 'leaf', 'root');
  chain.issue('second', 'leaf', 'root');
  const now = Date.now() + 60_000;
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['with the content in it', ['-nodetach'], /is not a detached one/],
    ['without signed attributes', ['-noattr'], /no signed attributes/],
    ['with SHA-1', ['-md', 'sha1'], /not signed with SHA-256/],
    ['with SHA-512', ['-md', 'sha512'], /not signed with SHA-256/],
    ['with RSA-PSS', ['-keyopt', 'rsa_padding_mode:pss'], /not signed with RSA/],
    ['without certificates', ['-nocerts'], /cannot be verified|no certificate/],
    ['by two signers', ['-signer', 'second.crt', '-inkey', 'second.key'], /has 2 signers and not one/],
  ];
  for (const [name, options, expected] of cases) assert.match(await says(signFile(chain.message(content, 'leaf', [], ...options)), content, chain.pem('root'), now), expected, name);
  assert.match(await says(signFile(chain.message(content, 'leaf', [])), content, chain.pem('root'), now), /^signed by/);
});

test('a file of roots holds at least one certificate that can be read', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /holds no certificate/],
    ['-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', /holds no certificate/],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', /cannot be read/],
  ];
  for (const [pem, expected] of cases) {
    const roots = readRoots(Buffer.from(pem));
    assert.match(roots.ok ? 'roots' : roots.failure, expected);
  }
});

test.run();
