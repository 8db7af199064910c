import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { Buffer } from 'node:buffer';
import { fail, type Failure, ok, type Outcome } from '../model/index.ts';
import type { Envelope } from './envelope.ts';
import { remember } from './memo.ts';
import { canonicalBytes, type Key, own, type RoleKeys } from './tufjs.ts';

type Scheme = {
  readonly keyTypes: readonly string[];
  readonly asymmetric: string;
  readonly curve?: string;
  readonly verify: (data: Uint8Array, key: KeyObject, signature: Uint8Array) => boolean;
};

/**
 * TUF 4.2, "keytype" and "scheme". The digest is always named (Deno throws on undefined for EC keys) and the salt's length is
 * read from the signature (Deno's default is the longest possible one).
 */
const SCHEMES: Readonly<Record<string, Scheme>> = {
  ed25519: { keyTypes: ['ed25519'], asymmetric: 'ed25519', verify: (data, key, signature) => verify(null, data, key, signature) },
  'rsassa-pss-sha256': {
    keyTypes: ['rsa'],
    asymmetric: 'rsa',
    verify: (data, key, signature) =>
      verify('sha256', data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }, signature),
  },
  'ecdsa-sha2-nistp256': {
    keyTypes: ['ecdsa', 'ecdsa-sha2-nistp256'],
    asymmetric: 'ec',
    curve: 'prime256v1',
    verify: (data, key, signature) => verify('sha256', data, { key, dsaEncoding: 'der' }, signature),
  },
};

const HEX_32_BYTES = /^[0-9a-fA-F]{64}$/;

type Verifier = (data: Uint8Array, signature: Uint8Array) => boolean;

/** A check for the key's signatures, or undefined for a key or scheme that we do not have: it counts for nothing. */
const verifierOf = remember((key: Key): Verifier | undefined => {
  const scheme = own(SCHEMES, key.scheme);
  const material = own(key.keyVal, 'public');
  if (scheme === undefined || material === undefined || !scheme.keyTypes.includes(key.keyType)) return undefined;
  const object = publicKey(key.scheme, material);
  if (object?.asymmetricKeyType !== scheme.asymmetric) return undefined;
  if (scheme.curve !== undefined && object.asymmetricKeyDetails?.namedCurve !== scheme.curve) return undefined;
  return (data, signature) => {
    try {
      return scheme.verify(data, object, signature);
    } catch {
      // a signature of an impossible form (OpenSSL throws on some)
      return false;
    }
  };
});

function publicKey(scheme: string, material: string): KeyObject | undefined {
  try {
    if (material.startsWith('-----BEGIN PUBLIC KEY-----')) return createPublicKey(material);
    if (scheme !== 'ed25519' || !HEX_32_BYTES.test(material)) return undefined;
    // RFC 8037, 2. As SubjectPublicKeyInfo the first key of a process costs OpenSSL more than a millisecond
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(material, 'hex').toString('base64url') }, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/** Do enough different keys of the role sign what the envelope holds (TUF 5.3.4)? 6 where they do not. */
export function checkThreshold(keys: Readonly<Record<string, Key>>, role: RoleKeys, envelope: Envelope): Outcome<undefined, Failure> {
  const { from, role: name } = envelope;
  const data = canonicalBytes(envelope.signed);
  if (!data.ok) return fail('metadata-malformed', { from, role: name, problem: data.failure });
  // by the key itself: one key under two ids is one signature
  const good = new Set<string>();
  for (const id of role.keyIDs) {
    const key = own(keys, id);
    const material = own(key?.keyVal, 'public');
    const signature = envelope.signatures.get(id);
    if (key === undefined || material === undefined || signature === undefined) continue;
    if (verifierOf(key)?.(data.value, Buffer.from(signature, 'hex')) === true) good.add(material);
  }
  if (good.size >= role.threshold) return ok();
  return fail('signature-threshold', { from, role: name, good: good.size, needed: role.threshold });
}
