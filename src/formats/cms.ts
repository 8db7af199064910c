/** The adapter to pkijs: detached CMS signatures (RFC 5652). It says who signed, and nothing of whether the signer is to be trusted. */
import * as pkijs from 'pkijs';
import { failed, ok, type Outcome } from '../model/index.ts';

/** A certificate as it came. Usages undefined: it does not restrict itself. */
export type CmsCertificate = {
  readonly der: Uint8Array;
  /** first octet of keyUsage (RFC 5280, 4.2.1.3) */
  readonly keyUsage: number | undefined;
  readonly extendedKeyUsage: readonly string[] | undefined;
};
export type CmsSigner = {
  readonly signer: CmsCertificate;
  /** SubjectPublicKeyInfo that the signature was verified with */
  readonly publicKey: Uint8Array;
  /** all that came along, the signer's too */
  readonly certificates: readonly CmsCertificate[];
};

const MAX_CERTIFICATES = 10;
const OID = {
  signedData: '1.2.840.113549.1.7.2',
  data: '1.2.840.113549.1.7.1',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  sha256: '2.16.840.1.101.3.4.2.1',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
} as const;
/** with SHA-256 and PKCS #1 1.5: the two names that writers give it */
const SIGNATURES: readonly string[] = ['1.2.840.113549.1.1.1', '1.2.840.113549.1.1.11'];

/** WebCrypto, but for the content's hash, which was taken while the file was read: WebCrypto would want all of it in memory. */
function engineFor(sha256: Uint8Array): pkijs.ICryptoEngine {
  return Object.create(pkijs.getCrypto(true), { digest: { value: async (): Promise<ArrayBuffer> => exact(sha256) } });
}

/**
 * Verifies that one signer signed content with this SHA-256: detached, with signed attributes, RSA and SHA-256. Anything else that CMS
 * allows is refused. A failure is a phrase that begins with `its`.
 */
export async function verifyDetached(der: Uint8Array, sha256: Uint8Array): Promise<Outcome<CmsSigner, string>> {
  try {
    const signed = parse(der, sha256);
    if (typeof signed === 'string') return failed(signed);
    // the library needs some content to call for its hash
    const result = await signed.verify({ signer: 0, data: new ArrayBuffer(1), checkChain: false, extendedMode: true }, engineFor(sha256));
    const { signerCertificate } = result;
    if (result.signatureVerified !== true || !(signerCertificate instanceof pkijs.Certificate)) return failed('its signature is not over this file');
    const certificates = (signed.certificates ?? []).filter((c) => c instanceof pkijs.Certificate).map(certificateOf);
    const publicKey = new Uint8Array(signerCertificate.subjectPublicKeyInfo.toSchema().toBER());
    return ok({ signer: certificateOf(signerCertificate), publicKey, certificates });
  } catch (error) {
    return failed(`its signature cannot be verified (${error instanceof Error ? error.message : String(error)})`);
  }
}

/** A message that is of the one form which is accepted, or what is wrong with it. */
function parse(der: Uint8Array, sha256: Uint8Array): pkijs.SignedData | string {
  const info = pkijs.ContentInfo.fromBER(exact(der));
  if (info.contentType !== OID.signedData) return 'its message is no SignedData';
  const signed = new pkijs.SignedData({ schema: info.content });
  const [signer, ...more] = signed.signerInfos;
  if (signer === undefined || more.length > 0) return `its message has ${signed.signerInfos.length} signers and not one`;
  // content of its own would be verified in the file's place
  if (signed.encapContentInfo.eContent !== undefined || signed.encapContentInfo.eContentType !== OID.data) return 'its message is not a detached one over data';
  if (signer.digestAlgorithm.algorithmId !== OID.sha256) return 'its message is not signed with SHA-256';
  if (!SIGNATURES.includes(signer.signatureAlgorithm.algorithmId)) return 'its message is not signed with RSA';
  const attributes = signer.signedAttrs?.attributes ?? [];
  const [type, digest, ...others] = [OID.contentType, OID.messageDigest].flatMap((id) => attributes.filter((attribute) => attribute.type === id));
  if (type?.type !== OID.contentType || digest?.type !== OID.messageDigest || others.length > 0) return 'its message has no signed attributes, or one of them twice';
  if (!Buffer.from(octets(digest.values[0])).equals(sha256)) return 'its signature is not over this file';
  if ((signed.certificates?.length ?? 0) > MAX_CERTIFICATES) return `its message brings more than ${MAX_CERTIFICATES} certificates`;
  return signed;
}

function certificateOf(certificate: pkijs.Certificate): CmsCertificate {
  const extension = (id: string): pkijs.Extension | undefined => certificate.extensions?.find((e) => e.extnID === id);
  const usage: unknown = extension(OID.keyUsage)?.parsedValue;
  const extended: unknown = extension(OID.extendedKeyUsage)?.parsedValue;
  return {
    der: new Uint8Array(certificate.toSchema(true).toBER()),
    keyUsage: extension(OID.keyUsage) === undefined ? undefined : (octets(usage)[0] ?? 0),
    extendedKeyUsage: extension(OID.extendedKeyUsage) === undefined ? undefined : extended instanceof pkijs.ExtKeyUsage ? extended.keyPurposes : [],
  };
}

/** What a primitive value holds; nothing where it is none, which is no usage and no digest. */
function octets(value: unknown): Uint8Array {
  const block = typeof value === 'object' && value !== null && 'valueBlock' in value ? value.valueBlock : undefined;
  return typeof block === 'object' && block !== null && 'valueHexView' in block && block.valueHexView instanceof Uint8Array ? block.valueHexView : new Uint8Array(0);
}

/** A buffer that holds these bytes and no others. */
function exact(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.length);
  new Uint8Array(copy).set(bytes);
  return copy;
}
