import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { canonicalBytes } from '../../src/catalog/tufjs.ts';

export type SignerKind = 'ed25519' | 'rsa' | 'ecdsa';
export type JsonKey = { readonly keytype: string; readonly scheme: string; readonly keyval: { readonly public: string } };
/** A key pair that signs metadata: deterministic for the same content, so that a file written twice has the same bytes. */
export type Signer = { readonly id: string; readonly key: JsonKey; readonly sign: (signed: unknown) => string };

/** The bytes that a signature covers. */
export function covered(signed: unknown): Uint8Array {
  const bytes = canonicalBytes(signed);
  if (!bytes.ok) throw new Error(bytes.failure);
  return bytes.value;
}

function pair(kind: SignerKind): { readonly key: JsonKey; readonly secret: KeyObject } {
  switch (kind) {
    case 'ed25519': {
      const { publicKey, privateKey } = generateKeyPairSync('ed25519');
      const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
      return { key: { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: raw } }, secret: privateKey };
    }
    case 'rsa': {
      const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
      return { key: { keytype: 'rsa', scheme: 'rsassa-pss-sha256', keyval: { public: pem } }, secret: privateKey };
    }
    case 'ecdsa': {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
      return { key: { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: { public: pem } }, secret: privateKey };
    }
  }
}

function signature(kind: SignerKind, data: Uint8Array, key: KeyObject): string {
  switch (kind) {
    case 'ed25519':
      return sign(null, data, key).toString('hex');
    case 'rsa':
      return sign('sha256', data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }).toString('hex');
    case 'ecdsa':
      return sign('sha256', data, { key, dsaEncoding: 'der' }).toString('hex');
  }
}

/** A new key pair. Its id is the hash of its public part (TUF 4.2). */
export function newSigner(kind: SignerKind = 'ed25519'): Signer {
  const { key, secret } = pair(kind);
  const known = new Map<string, string>();
  return {
    id: createHash('sha256').update(covered(key)).digest('hex'),
    key,
    sign(signed) {
      const data = covered(signed);
      const text = new TextDecoder().decode(data);
      const made = known.get(text) ?? signature(kind, data, secret);
      known.set(text, made);
      return made;
    },
  };
}
