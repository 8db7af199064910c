/** ClamAV's `.sign` beside a file (1.5 and later): `#clamsign-1.0`, then lines `minLevel:maxLevel?:pkcs7-pem:BASE64`. */
import { X509Certificate } from 'node:crypto';
import { failed, type Instant, ok, type Outcome } from '../model/index.ts';
import type { CmsCertificate, CmsSigner } from './cms.ts';

/** Bytes of a .sign that are read; ClamAV's have five thousand. */
export const MAX_SIGN_BYTES = 256 * 1024;
/** The level of ClamAV 1.5.0, the first to know `.sign`, is what we can do: lines for others are passed over. */
const OUR_LEVEL = 230;
const MAX_LINES = 16;
const MAX_DEPTH = 4;
const DIGITAL_SIGNATURE = 0x80;
const KEY_CERT_SIGN = 0x04;
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
const MIN_RSA_BITS = 2048;

/** `now` as milliseconds since 1970: every certificate must be valid then. */
export type SignTrust = { readonly roots: readonly X509Certificate[]; readonly now: Instant };

/** The certificates of a PEM file, at least one. */
export function readRoots(pem: Uint8Array): Outcome<readonly X509Certificate[], string> {
  const found = Buffer.from(pem).toString('latin1').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) return failed('it holds no certificate in PEM form');
  try {
    return ok(found.map((text) => new X509Certificate(text)));
  } catch (error) {
    return failed(`a certificate in it cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
}

/**
 * Verifies a whole `.sign` against the SHA-256 of the file beside it: one of the lines for us must be by a signer whose certificate
 * leads to a root. Ok is the signer's name; a failure is a phrase that begins with `it` or `its`.
 */
export async function verifySign(sign: Uint8Array, sha256: Uint8Array, trust: SignTrust): Promise<Outcome<string, string>> {
  const messages = linesForUs(sign);
  if (!messages.ok) return messages;
  const { verifyDetached } = await import('./cms.ts');
  let problem = '';
  for (const der of messages.value) {
    const signed = await verifyDetached(der, sha256);
    const trusted = signed.ok ? trustedName(signed.value, trust) : signed;
    if (trusted.ok) return trusted;
    problem = problem === '' ? trusted.failure : problem;
  }
  return failed(problem);
}

function linesForUs(sign: Uint8Array): Outcome<readonly Uint8Array[], string> {
  if (sign.length > MAX_SIGN_BYTES) return failed(`it is larger than ${MAX_SIGN_BYTES} bytes`);
  const [first, ...lines] = Buffer.from(sign).toString('latin1').replace(/\n$/, '').split('\n');
  if (first !== '#clamsign-1.0') return failed('it does not begin with #clamsign-1.0');
  if (lines.length > MAX_LINES) return failed(`it has more than ${MAX_LINES} lines`);
  const messages: Uint8Array[] = [];
  for (const [i, line] of lines.entries()) {
    if (line.startsWith('#')) continue;
    const [whole, min, max, format, base64] = /^(\d{1,6}):(\d{0,6}):([a-z0-9-]{1,32}):([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
    if (whole === undefined || base64 === undefined) return failed(`its line ${i + 2} is not LEVEL:LEVEL:FORMAT:BASE64`);
    const isForUs = Number(min) <= OUR_LEVEL && (max === '' || OUR_LEVEL <= Number(max));
    if (isForUs && format === 'pkcs7-pem') messages.push(Buffer.from(base64, 'base64'));
  }
  return messages.length > 0 ? ok(messages) : failed(`it has no signature for functionality level ${OUR_LEVEL}`);
}

/** The signer's name, where its certificate is one for signing and leads to a root; our own walk, as ClamAV's root is of version 1. */
function trustedName({ signer, publicKey, certificates }: CmsSigner, trust: SignTrust): Outcome<string, string> {
  try {
    const leaf = new X509Certificate(signer.der);
    const name = commonName(leaf);
    // both libraries must mean the same key by these bytes
    if (!leaf.publicKey.export({ type: 'spki', format: 'der' }).equals(publicKey)) return failed(`its signer ${name} has no key that can be read`);
    if (signer.keyUsage !== undefined && (signer.keyUsage & DIGITAL_SIGNATURE) === 0) return failed(`its signer ${name} may not sign data`);
    if (signer.extendedKeyUsage !== undefined && !signer.extendedKeyUsage.includes(CODE_SIGNING)) return failed(`its signer ${name} may not sign code`);
    const problem = walk(leaf, certificates.map(parsed), trust);
    return problem === undefined ? ok(name) : failed(problem);
  } catch (error) {
    return failed(`a certificate in it cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
}

type Parsed = { readonly certificate: X509Certificate; readonly keyUsage: number | undefined };
const parsed = ({ der, keyUsage }: CmsCertificate): Parsed => ({ certificate: new X509Certificate(der), keyUsage });

/** From the signer up to a root, each link issued and signed by the next, each certificate valid now. */
function walk(leaf: X509Certificate, pool: readonly Parsed[], { roots, now }: SignTrust): string | undefined {
  let current = leaf;
  const seen = new Set<string>();
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    const unfit = unfitness(current, now);
    if (unfit !== undefined) return unfit;
    const root = roots.find((r) => isIssuedBy(current, r));
    if (root !== undefined) return unfitness(root, now);
    const above = pool.find((c) => !seen.has(c.certificate.fingerprint256) && mayIssue(c) && isIssuedBy(current, c.certificate));
    if (above === undefined) return `its signer's certificates do not lead to a trusted root: ${commonName(current)} was issued by none`;
    seen.add(above.certificate.fingerprint256);
    current = above.certificate;
  }
  return `its signer's certificates do not lead to a trusted root within ${MAX_DEPTH} steps`;
}

const mayIssue = ({ certificate, keyUsage }: Parsed): boolean => certificate.ca && (keyUsage === undefined || (keyUsage & KEY_CERT_SIGN) !== 0);
const isIssuedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

function unfitness(certificate: X509Certificate, now: Instant): string | undefined {
  const name = commonName(certificate);
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  if (!(from <= now)) return `the certificate ${name} is valid only from ${certificate.validFrom}`;
  if (!(now <= to)) return `the certificate ${name} expired on ${certificate.validTo}`;
  const bits = certificate.publicKey.asymmetricKeyDetails?.modulusLength;
  return bits !== undefined && bits < MIN_RSA_BITS ? `the certificate ${name} has a key of ${bits} bits` : undefined;
}

const commonName = (certificate: X509Certificate): string => JSON.stringify((/(?:^|\n)CN=(.*)/.exec(certificate.subject)?.[1] ?? certificate.subject).slice(0, 100));
