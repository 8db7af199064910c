import { createHash } from 'node:crypto';

/** A public key of ClamAV's publisher: bare RSA numbers (libclamav dsig.c, cdiff.rs). */
type RsaKey = { readonly n: bigint; readonly e: bigint };

/** Signs the MD5 of a container's body: at most 16 bytes come out, without any padding scheme. */
const BODY_KEY: RsaKey = {
  n: 0xa8f34c7b2bae902e1e608cfcec44c024375370c09cd460e1917a98546ddfc53a90c608bb48ba8cb7eed1ff342085ecdd1491428ca8a895972403a3db2a452dd80173bb07e1e23acbc84fab2e2586930f62909d56d2e25256c989d399fa722ab25ab628df79bcfce43b86a0e049263171352b75048f2d4778b69a5e574a6130adn,
  e: 100001027n,
};

/** Signs the list of members (`.info`), RSA-PSS over SHA-256. */
const INFO_KEY: RsaKey = {
  n: 0x57d749b7e7d61160421a14aeadb263bbaec4422cabda76e94db3fa98cd63bfe32a54c72b3026f2356dfa9543f9020219cbdcbdae9e642c4441c23a2523cf4fa6d444722ec227b89e04dad097c38eeef93b588baabecc6fc20199fea6ea47a66c736d4fec15b5a8d4411e1ae838e2a0a55b7398f4d48b346a7d747134c62bfdf95a4bce381fa151a2118b6788ccb3289512a6c8b3a84d640e0fca01d0f4611d7dd1a47452027ddecfc1572d08370e63c51d9bd4773153ce7ad95c4ffb2f4a1147e35304f827f34a4d5ef388bab077f7cae0b2fbbbfea09936b656b4c0c7c4e9907c6c6d392e01b047746d2b8694bede7a5e0861f8d95ef844a29b71e7f8b8f0c9n,
  e: 100002049n,
};

/** Signs a cdiff, RSA-PSS over SHA-256. */
const CDIFF_KEY: RsaKey = {
  n: 0x751c709765074b2f79f1390581433f72b8e29dc8de678481ed1b56a39215e9d0298619228d8326d2b3b5db9dfcb832dc1fab5ec269986dad56b1c2fe661c18823918e61f8f4d6efbe6be587f0a0fe4db6af5c1c5c0592127e48c012698233a67c1073fa0b52198edbe5ae2c1449a3b8acab7f791b282986fa0861ec925511f713a087c299d39da10173c25aaf328971b4feef396f72f1d7d533bda6505514f1bff8c5fad963334ed4ae2a8d35fdb941cb9f8dbf92002781fdfcf3b11bbbc3bec64174f75560f6450a0835e3c9acc8be4f6c9af3f85c17d9b49b27792d7602b9821c015f87679b65b25ad5c2e041da84e6ee076ac5274e693a0f874bc7fd10903n,
  e: 100002053n,
};

const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/';
/** 2048 bits in digits of six bits, and some room: a longer text is no signature */
const LONGEST_SIGNATURE = 350;

const HASH_BYTES = 32;
const DB_BYTES = 223;
const EM_BYTES = DB_BYTES + HASH_BYTES + 1;

/** Digit i weighs 64^i: the least significant comes first. Undefined where the text holds anything else. */
function decode(signature: string): bigint | undefined {
  if (signature.length === 0 || signature.length > LONGEST_SIGNATURE) return undefined;
  let value = 0n;
  for (let i = signature.length - 1; i >= 0; i--) {
    const digit = ALPHABET.indexOf(signature.charAt(i));
    if (digit < 0) return undefined;
    value = value * 64n + BigInt(digit);
  }
  return value;
}

/** base^exponent mod modulus, by squaring. Public numbers only: its time tells nothing. */
function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function toBytes(value: bigint, length: number): Uint8Array | undefined {
  const hex = value.toString(16).padStart(length * 2, '0');
  return hex.length === length * 2 ? new Uint8Array(Buffer.from(hex, 'hex')) : undefined;
}

/** Whether a container's `dsig` is the publisher's over this MD5 (32 hex digits). */
export function isBodySigned(dsig: string, md5: string): boolean {
  const cipher = decode(dsig);
  if (cipher === undefined || cipher >= BODY_KEY.n) return false;
  const plain = toBytes(modPow(cipher, BODY_KEY.e, BODY_KEY.n), 16);
  return plain !== undefined && Buffer.from(plain).toString('hex') === md5;
}

/** MGF1 with SHA-256 (RFC 8017, B.2.1). */
function mask(seed: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(Math.ceil(length / HASH_BYTES) * HASH_BYTES);
  for (let i = 0; i * HASH_BYTES < length; i++) {
    const counter = new Uint8Array([0, 0, 0, i]);
    out.set(createHash('sha256').update(seed).update(counter).digest(), i * HASH_BYTES);
  }
  return out.subarray(0, length);
}

/** Whether `signature` is the publisher's over the SHA-256 of a container's list of members. */
export const isInfoSigned = (signature: string, sha256: Uint8Array): boolean => isSigned(INFO_KEY, signature, sha256);

/** Whether `signature` is the publisher's over the SHA-256 of a cdiff up to its last colon. */
export const isCdiffSigned = (signature: string, sha256: Uint8Array): boolean => isSigned(CDIFF_KEY, signature, sha256);

/**
 * Whether `signature` is that of `key` over this SHA-256 (libclamav's versig2): RSA-PSS in which only the top bit of the data block
 * is cleared and the padding is a single 0x01 before 32 bytes of salt. node:crypto refuses some that ClamAV accepts (a modulus of
 * 2047 bits), so the arithmetic is our own.
 */
function isSigned(key: RsaKey, signature: string, sha256: Uint8Array): boolean {
  const cipher = decode(signature);
  if (cipher === undefined || cipher >= key.n) return false;
  const encoded = toBytes(modPow(cipher, key.e, key.n), EM_BYTES);
  if (encoded === undefined || encoded[EM_BYTES - 1] !== 0xbc) return false;
  const hash = encoded.subarray(DB_BYTES, DB_BYTES + HASH_BYTES);
  const pad = mask(hash, DB_BYTES);
  const block = encoded.subarray(0, DB_BYTES).map((byte, i) => byte ^ (pad[i] ?? 0));
  block[0] = (block[0] ?? 0) & 0x7f;
  const saltAt = DB_BYTES - HASH_BYTES;
  if (block[saltAt - 1] !== 1 || block.subarray(0, saltAt - 1).some((byte) => byte !== 0)) return false;
  const expected = createHash('sha256').update(new Uint8Array(8)).update(sha256).update(block.subarray(saltAt)).digest();
  return expected.equals(hash);
}
