import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Envelope } from '../../src/catalog/envelope.ts';
import { checkThreshold } from '../../src/catalog/signatures.ts';
import { isJsonObject, type Key, parseRoot } from '../../src/catalog/tufjs.ts';
import { failureExit } from '../../src/model/index.ts';
import { type JsonKey, newSigner, type Signer, type SignerKind } from '../support/tuf-signer.ts';
import { assertFailure, bad, good, newest, world } from './world.ts';

const KINDS = ['ed25519', 'rsa', 'ecdsa'] as const satisfies readonly SignerKind[];
const signed = { _type: 'timestamp', text: 'é "\\', list: [1, null, true] };

function envelope(signatures: Readonly<Record<string, string>>, content: unknown = signed): Envelope {
  if (!isJsonObject(content)) throw new Error('no group');
  return { role: 'timestamp', from: 'a test', bytes: new Uint8Array(), signed: content, signatures: new Map(Object.entries(signatures)) };
}

/** Keys as a root that was parsed has them. */
function keys(table: Readonly<Record<string, JsonKey>>): Readonly<Record<string, Key>> {
  const role = { keyids: ['x'], threshold: 1 };
  const root: unknown = {
    _type: 'root', spec_version: '1.0.31', version: 1, expires: '2030-01-01T00:00:00Z', consistent_snapshot: true,
    keys: table, roles: { root: role, timestamp: role, snapshot: role, targets: role },
  };
  const parsed = isJsonObject(root) ? parseRoot(root) : undefined;
  if (parsed?.ok !== true) throw new Error('no root');
  return parsed.value.keys;
}

const verdict = (key: JsonKey, signature: string, content: unknown = signed): 0 | number => {
  const outcome = checkThreshold(keys({ id: key }), { keyIDs: ['id'], threshold: 1 }, envelope({ id: signature }, content));
  return outcome.ok ? 0 : failureExit(outcome.failure);
};

for (const kind of KINDS) {
  const signer: Signer = newSigner(kind);
  const signature = signer.sign(signed);

  test(`${kind}: its own signature counts, and no other`, () => {
    assert.is(verdict(signer.key, signature), 0);
    assert.is(verdict(signer.key, newSigner(kind).sign(signed)), 6);
    assert.is(verdict(signer.key, signature, { ...signed, list: [] }), 6);
    for (const wrong of ['', 'zz', signature.slice(2), `${signature}00`, signature.replace(/^../, (h) => (h === '00' ? '01' : '00'))]) {
      assert.is(verdict(signer.key, wrong), 6, `accepted ${wrong}`);
    }
  });

  test(`${kind}: a scheme, key type or key that does not belong together counts for nothing`, () => {
    for (const other of KINDS.filter((k) => k !== kind).map((k) => newSigner(k).key)) {
      assert.is(verdict({ ...signer.key, scheme: other.scheme }, signature), 6);
      assert.is(verdict({ ...signer.key, keytype: other.keytype }, signature), 6);
      assert.is(verdict({ ...signer.key, keyval: other.keyval }, signature), 6);
    }
    for (const scheme of ['', 'constructor', '__proto__', 'rsassa-pss-sha1']) assert.is(verdict({ ...signer.key, scheme }, signature), 6);
    assert.is(verdict({ ...signer.key, keyval: { public: 'not a key' } }, signature), 6);
  });

  test(`${kind}: a repository signed with it is read, and refused when one signature is another's`, async () => {
    const it = world(kind);
    assert.equal([...good(await it.refresh()).catalogs.values()].map(newest), [5, 7]);
    it.repo.role('snapshot').signers = [newSigner(kind)];
    it.repo.publish('snapshot', 'timestamp');
    assertFailure(bad(await it.refresh()), 6, /snapshot bears 0/);
  });
}

test('a P-256 key that names its scheme as key type counts too, as old repositories have it', () => {
  const signer = newSigner('ecdsa');
  assert.is(verdict({ ...signer.key, keytype: 'ecdsa-sha2-nistp256' }, signer.sign(signed)), 0);
});

test('a threshold counts different keys of the role only', () => {
  const [a, b, stranger] = [newSigner(), newSigner('ecdsa'), newSigner('rsa')];
  const known = keys({ a: a.key, b: b.key });
  const sigs = { a: a.sign(signed), b: b.sign(signed), s: stranger.sign(signed) };
  const check = (keyIDs: readonly string[], threshold: number): boolean => checkThreshold(known, { keyIDs, threshold }, envelope(sigs)).ok;
  assert.is(check(['a', 'b'], 2), true);
  assert.is(check(['a', 'b'], 3), false);
  assert.is(check(['a', 'a'], 2), false);
  assert.is(check(['a', 's'], 2), false, 'a key that nobody defines');
  assert.is(check(['a', 'toString'], 2), false);
  assert.is(check([], 1), false);
});
test.run();
