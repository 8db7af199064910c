import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { join } from 'node:path';
import { type Canonical, canonicalJson } from '../formats/canonical-json.ts';
import { fail, type Failure, type IoFailure, ok, type Outcome, type Ports, sha256Of } from '../model/index.ts';
import { type Envelope, type Key, payloadOf, type RoleKeys, type Signature } from './metadata.ts';
import { ioProblem, stored } from './ports.ts';

type Files = Pick<Ports, 'files'>;

/** A private key, and how metadata names it. */
export type Signer = { readonly keyid: ReturnType<typeof sha256Of>; readonly key: Key; readonly secret: KeyObject };

const MAX_KEY_BYTES = 16 * 1024;

/** A new ed25519 key, in memory alone. */
export const makeKey = (): Signer => signerOf(generateKeyPairSync('ed25519').privateKey);

/** Writes a key as PKCS #8 PEM, readable by its owner alone. An existing file is never overwritten. */
export function storeKey({ files }: Files, folder: string, name: string, signer: Signer): Outcome<Signer, Failure> {
  const path = join(folder, name);
  const created = files.create(path, 0o600);
  if (!created.ok) return created.failure.kind === 'exists' ? fail('repo-key-exists', { path }) : unwritten(created.failure);
  const written = created.value.write(Buffer.from(signer.secret.export({ type: 'pkcs8', format: 'pem' })));
  const synced = written.ok ? created.value.sync() : written;
  created.value.close();
  if (synced.ok) return ok(signer);
  files.remove(path);
  return unwritten(synced.failure);
}

function unwritten(io: IoFailure): Outcome<never, Failure> {
  return io.kind === 'full' ? stored({ ok: false, failure: io }) : fail('repo-key-unwritten', { path: io.path, problem: `${io.op} failed` }, io.detail);
}

/** Makes a key and writes it. */
export const createKey = (ports: Files, folder: string, name: string): Outcome<Signer, Failure> => storeKey(ports, folder, name, makeKey());

/** Reads a key. A file that is no ed25519 key, or cannot be read, is named. */
export function readKey({ files }: Files, folder: string, name: string, role: string): Outcome<Signer, Failure> {
  const path = join(folder, name);
  return readKeyFile({ files }, path, role);
}

/** The same for a file wherever it is. */
export function readKeyFile({ files }: Files, path: string, role: string): Outcome<Signer, Failure> {
  const bytes = files.read(path, MAX_KEY_BYTES);
  if (!bytes.ok) return fail('repo-key-missing', { path, role, problem: ioProblem(bytes.failure) }, bytes.failure.detail);
  const secret = privateKeyOf(bytes.value);
  return secret === undefined ? fail('repo-key-unsound', { path, role }) : ok(signerOf(secret));
}

/** Is this a key as `storeKey` writes it, wherever it lies and whatever it is called? */
export const isSigningKey = (bytes: Uint8Array): boolean => bytes.length <= MAX_KEY_BYTES && privateKeyOf(bytes) !== undefined;

function privateKeyOf(pem: Uint8Array): KeyObject | undefined {
  try {
    const key = createPrivateKey(Buffer.from(pem));
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}

function signerOf(secret: KeyObject): Signer {
  const jwk = createPublicKey(secret).export({ format: 'jwk' });
  const key: Key = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: Buffer.from(jwk.x ?? '', 'base64url').toString('hex') } };
  return { keyid: sha256Of(Buffer.from(canonicalJson(key))), key, secret };
}

/** A whole document: canonical JSON of the signed part and one signature a signer. */
export function signDocument(signed: Parameters<typeof payloadOf>[0], signers: readonly Signer[]): Uint8Array {
  const payload = payloadOf(signed);
  const bytes = Buffer.from(canonicalJson(payload));
  const signatures: Canonical[] = signers.map((s) => ({ keyid: s.keyid, sig: sign(null, bytes, s.secret).toString('hex') }));
  return Buffer.from(canonicalJson({ signatures, signed: payload }));
}

/** Why too few of the role's keys signed this, or undefined (TUF 5.3.4 and the like: distinct keys, threshold). */
export function signatureProblem(envelope: Envelope<unknown>, keys: ReadonlyMap<string, Key>, role: RoleKeys): string | undefined {
  const ids = envelope.signatures.map((s) => s.keyid);
  if (new Set(ids).size !== ids.length) return 'it has two signatures of one key';
  const good = envelope.signatures.filter((s) => role.keyids.some((id) => id === s.keyid) && isGood(s, keys.get(s.keyid), envelope.payload));
  return good.length >= role.threshold ? undefined : `${good.length} valid signatures of its role's keys, ${role.threshold} are needed`;
}

function isGood(signature: Signature, key: Key | undefined, payload: Uint8Array): boolean {
  if (key === undefined || sha256Of(Buffer.from(canonicalJson(key))) !== signature.keyid) return false;
  const x = Buffer.from(key.keyval.public, 'hex').toString('base64url');
  try {
    return verify(null, payload, createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }), Buffer.from(signature.sig, 'hex'));
  } catch {
    return false;
  }
}
