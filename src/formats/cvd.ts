import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { failed, ok, type Outcome } from '../model/index.ts';
import { CVD_HEADER_BYTES, type CvdHeader, parseCvdHeader, parseCvdLine } from './cvd-header.ts';
import { isBodySigned, isInfoSigned } from './cvd-signature.ts';
import { type CvdMember, CvdTar, type MemberSink } from './cvd-tar.ts';

/** `.cvd` signed and packed; `.cld` what freshclam makes of one and its cdiffs: only its members are signed; `.cud` not signed at all. */
export type CvdKind = 'cvd' | 'cld' | 'cud';

/** A container's bytes, in order; asked for twice, so that nothing is inflated before its signature was checked. */
export type CvdSource = () => Iterable<Uint8Array>;

export type CvdDatabase = {
  readonly header: CvdHeader;
  readonly members: readonly CvdMember[];
  readonly signed: 'body-and-members' | 'members' | 'no';
};

const LISTED = /^([A-Za-z0-9][A-Za-z0-9._-]{0,99}):(\d{1,12}):([0-9a-f]{64})$/;

/** The kind that a file's name says, or undefined for any other file. */
export function cvdKind(name: string): CvdKind | undefined {
  const kind = /\.(cvd|cld|cud)$/.exec(name)?.[1];
  return kind === 'cvd' || kind === 'cld' || kind === 'cud' ? kind : undefined;
}

/**
 * Verifies a whole container (libclamav cvd.c, dsig.c, readdb.c): header, MD5 and dsig of the body, the signed `.info` list, and each
 * member against it. A failure is a phrase that begins with `it` or `its` and says what is wrong with the file.
 * `sink` is given the members as they come: they are proven when this returns.
 */
export async function verifyCvd(
  source: CvdSource,
  kind: CvdKind,
  limits: { readonly maxUnpackedBytes: number },
  sink?: MemberSink,
): Promise<Outcome<CvdDatabase, string>> {
  const body = readBody(source);
  if (!body.ok) return body;
  const { header, md5, packing } = body.value;
  if (kind !== 'cld' && header.md5 !== md5) return failed('its MD5 is not the one in its header');
  if (kind === 'cvd' && !isBodySigned(header.dsig ?? '', md5)) return failed("its signature is not ClamAV's");
  const tar = new CvdTar(sink);
  const problem = packing === 'gzip' ? await inflate(source, tar, limits.maxUnpackedBytes) : copy(source, tar);
  const cut = problem ?? tar.end();
  if (cut !== undefined) return failed(cut);
  const listed = checkMembers(header, tar.members, kind);
  if (listed !== undefined) return failed(listed);
  const signed = kind === 'cvd' ? 'body-and-members' : kind === 'cld' ? 'members' : 'no';
  return ok({ header, members: [...tar.members.values()], signed });
}

function readBody(source: CvdSource): Outcome<{ readonly header: CvdHeader; readonly md5: string; readonly packing: 'gzip' | 'none' }, string> {
  const head = new Uint8Array(CVD_HEADER_BYTES + 7);
  let length = 0;
  const md5 = createHash('md5');
  for (const chunk of source()) {
    if (length < head.length) head.set(chunk.subarray(0, head.length - length), length);
    md5.update(chunk.subarray(Math.max(0, Math.min(CVD_HEADER_BYTES - length, chunk.length))));
    length += chunk.length;
  }
  const header = parseCvdHeader(head.subarray(0, Math.min(length, CVD_HEADER_BYTES)));
  if (!header.ok) return header;
  const isPlain = Buffer.from(head.subarray(CVD_HEADER_BYTES)).toString('latin1') === 'COPYING';
  return ok({ header: header.value, md5: md5.digest('hex'), packing: isPlain ? 'none' : 'gzip' });
}

function* bodyOf(source: CvdSource): Generator<Uint8Array> {
  let before = CVD_HEADER_BYTES;
  for (const chunk of source()) {
    const skip = Math.min(before, chunk.length);
    before -= skip;
    if (skip < chunk.length) yield chunk.subarray(skip);
  }
}

function copy(source: CvdSource, tar: CvdTar): string | undefined {
  for (const chunk of bodyOf(source)) {
    const problem = tar.push(chunk);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

async function inflate(source: CvdSource, tar: CvdTar, maxBytes: number): Promise<string | undefined> {
  const packed = Readable.from(bodyOf(source), { objectMode: false });
  const gunzip = createGunzip();
  packed.on('error', (error) => gunzip.destroy(error));
  let bytes = 0;
  try {
    const unpacked: AsyncIterable<Uint8Array> = packed.pipe(gunzip);
    for await (const chunk of unpacked) {
      bytes += chunk.length;
      if (bytes > maxBytes) return `it unpacks to more than ${maxBytes} bytes`;
      const problem = tar.push(chunk);
      if (problem !== undefined) return problem;
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    return `its body is not a whole gzip stream (${error.message})`;
  } finally {
    packed.destroy();
    gunzip.destroy();
  }
}

/** Header line, `name:size:sha256` lines, `DSIG:…` over all lines before it (a .cud has none). */
function checkMembers(header: CvdHeader, members: ReadonlyMap<string, CvdMember>, kind: CvdKind): string | undefined {
  const infos = [...members.values()].filter((member) => member.bytes !== undefined);
  const [info] = infos;
  if (info?.bytes === undefined || infos.length > 1) return `it holds ${infos.length} lists of members (.info) and not one`;
  const text = Buffer.from(info.bytes).toString('latin1');
  const signatureAt = text.indexOf('\nDSIG:') + 1;
  const lines = text.slice(0, signatureAt === 0 ? undefined : signatureAt);
  if (kind !== 'cud') {
    const hash = createHash('sha256').update(lines, 'latin1').digest();
    if (signatureAt === 0 || !isInfoSigned(text.slice(signatureAt + 'DSIG:'.length).trimEnd(), hash)) return `its list of members ${info.name} is not signed by ClamAV`;
  }
  const [first, ...rest] = lines.trimEnd().split('\n');
  const inner = parseCvdLine(first ?? '');
  if (!inner.ok || inner.value.identity !== header.identity) return `its header is not the one in ${info.name}`;
  return checkListed(rest, members, info.name);
}

function checkListed(lines: readonly string[], members: ReadonlyMap<string, CvdMember>, infoName: string): string | undefined {
  const listed = new Set(['COPYING', infoName]);
  for (const line of lines) {
    const [, name, size, sha256] = LISTED.exec(line) ?? [];
    if (name === undefined) return `a line of ${infoName} cannot be read`;
    if (listed.has(name)) return `its list ${infoName} names ${name} twice`;
    listed.add(name);
    const member = members.get(name);
    if (member === undefined) return `its member ${name} is missing`;
    if (member.size !== Number(size) || member.sha256 !== sha256) return `its member ${name} is not the one that ${infoName} lists`;
  }
  const stranger = [...members.keys()].find((name) => !listed.has(name));
  return stranger === undefined ? undefined : `its member ${stranger} is not in ${infoName}`;
}
