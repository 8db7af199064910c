import { failed, type Instant, ok, type Outcome } from '../model/index.ts';

/** The first 512 bytes of a ClamAV database container: `ClamAV-VDB:time:version:signatures:level:md5:dsig:builder:seconds`, padded with spaces. */
export const CVD_HEADER_BYTES = 512;

export type CvdHeader = {
  readonly version: number;
  readonly signatures: number;
  /** the functionality level that an engine needs */
  readonly level: number;
  /** 32 hex digits, or undefined where the header bears none (`X`: a .cld) */
  readonly md5: string | undefined;
  readonly dsig: string | undefined;
  readonly builder: string;
  readonly builtAt: Instant;
  /** what must be the same in the `.info` member: everything but md5 and dsig */
  readonly identity: string;
};

const WHOLE = /^\d{1,10}$/;

/** Reads the header's text, without its padding. */
export function parseCvdHeader(bytes: Uint8Array): Outcome<CvdHeader, string> {
  if (bytes.length < CVD_HEADER_BYTES) return failed(`it is ${bytes.length} bytes long, shorter than its header`);
  const text = Buffer.from(bytes.subarray(0, CVD_HEADER_BYTES)).toString('latin1');
  if (!text.startsWith('ClamAV-VDB:')) return failed('it does not begin with ClamAV-VDB');
  return parseCvdLine(text.trimEnd());
}

/** Reads one header line: a container's, or the first of its `.info` member. */
export function parseCvdLine(line: string): Outcome<CvdHeader, string> {
  const [magic, time, version, signatures, level, md5, dsig, builder, seconds, ...rest] = line.split(':');
  if (magic !== 'ClamAV-VDB' || time === undefined || seconds === undefined || builder === undefined || rest.length > 0) {
    return failed('its header does not have nine fields');
  }
  const numbers = [version, signatures, level, seconds].map((field) => (field !== undefined && WHOLE.test(field) ? Number(field) : undefined));
  const [v, s, l, at] = numbers;
  if (v === undefined || s === undefined || l === undefined || at === undefined) return failed('a number in its header is none');
  if (md5 !== 'X' && (md5 === undefined || !/^[0-9a-f]{32}$/.test(md5))) return failed('the MD5 in its header is none');
  return ok({
    version: v,
    signatures: s,
    level: l,
    md5: md5 === 'X' ? undefined : md5,
    dsig: dsig === 'X' || dsig === '' ? undefined : dsig,
    builder,
    builtAt: at * 1000,
    identity: [time, v, s, l, builder, at].join(':'),
  });
}
