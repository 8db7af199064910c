/** ClamAV's own delta between two versions of a database: `ClamAV-Diff:VERSION:BYTES:` + gzip of a script + `:` + signature. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { failed, ok, type Outcome, VENDOR_DELTA_MAX_BYTES } from '../model/index.ts';
import { type CdiffStep, parseCdiffScript } from './cdiff-script.ts';
import { isCdiffSigned } from './cvd-signature.ts';

/** Bytes of a cdiff, and of the script in it: a day's are some ten thousand; memory is bounded by these. */
export const MAX_CDIFF_BYTES = VENDOR_DELTA_MAX_BYTES;
const MAX_SCRIPT_BYTES = 64 * 1024 * 1024;
/** what follows the last colon */
const MAX_SIGNATURE_BYTES = 350;

/** A cdiff whose signature is ClamAV's. It makes version `version` of a database out of the one before. */
export type Cdiff = { readonly version: number; readonly steps: readonly CdiffStep[] };

/**
 * Verifies and reads a whole cdiff (libclamav_rust cdiff.rs). Nothing is inflated before its signature was checked, and the length in
 * its header is not believed. A failure is a phrase that begins with `it` or `its`.
 */
export async function readCdiff(bytes: Uint8Array): Promise<Outcome<Cdiff, string>> {
  if (bytes.length > MAX_CDIFF_BYTES) return failed(`it is ${bytes.length} bytes long, at most ${MAX_CDIFF_BYTES} are read`);
  const [head, version] = /^ClamAV-Diff:(\d{1,10}):\d{1,10}:/.exec(Buffer.from(bytes.subarray(0, 40)).toString('latin1')) ?? [];
  if (head === undefined) return failed('it does not begin with ClamAV-Diff and two numbers');
  const colon = bytes.lastIndexOf(0x3a);
  const signature = Buffer.from(bytes.subarray(colon + 1)).toString('latin1');
  const digest = createHash('sha256').update(bytes.subarray(0, colon)).digest();
  if (colon < head.length || signature.length > MAX_SIGNATURE_BYTES || !isCdiffSigned(signature, digest)) return failed("its signature is not ClamAV's");
  const script = await inflate(bytes.subarray(head.length, colon));
  if (!script.ok) return script;
  const steps = parseCdiffScript(script.value);
  return steps.ok ? ok({ version: Number(version), steps: steps.value }) : steps;
}

async function inflate(packed: Uint8Array): Promise<Outcome<Uint8Array, string>> {
  const gunzip = createGunzip();
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    const unpacked: AsyncIterable<Uint8Array> = Readable.from([packed], { objectMode: false }).pipe(gunzip);
    for await (const piece of unpacked) {
      length += piece.length;
      if (length > MAX_SCRIPT_BYTES) return failed(`it unpacks to more than ${MAX_SCRIPT_BYTES} bytes`);
      pieces.push(piece);
    }
    return ok(Buffer.concat(pieces, length));
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    return failed(`its script is not a whole gzip stream (${error.message})`);
  } finally {
    gunzip.destroy();
  }
}
