import { cvdKind, verifyCvd } from '../../../formats/cvd.ts';
import { type Failure, fail, type IoFailure, type Job, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { ioProblem } from '../../io-failures.ts';
import type { Placed } from './layout.ts';

const READ_BYTES = 1024 * 1024;
/** Bytes that a container may unpack to; main.cvd's are to about 400 MB */
export const MAX_UNPACKED_BYTES = 4 * 1024 ** 3;

/** Verifies every container of a release with our own code, before the engine sees it. Notes name those that nobody signed. */
export async function checkDatabases(ports: Pick<Ports, 'files'>, job: Job, placed: readonly Placed[]): Promise<Outcome<readonly string[], Failure>> {
  const unsigned: string[] = [];
  for (const { entry, kept } of placed) {
    const kind = cvdKind(entry.path);
    if (kind === undefined) continue;
    const file = readable(ports.files, kept);
    const verified = await verifyCvd(file.source, kind, { maxUnpackedBytes: MAX_UNPACKED_BYTES });
    const problem = file.problem() ?? (verified.ok ? undefined : verified.failure);
    if (problem !== undefined) {
      return fail('cvd-bad', { component: job.component.id, version: job.next.version, file: entry.path, problem });
    }
    if (verified.ok && verified.value.signed === 'no') unsigned.push(entry.path);
  }
  const about = `${job.component.id}: ${unsigned.join(', ')} of release ${job.next.version} is unsigned by its form (.cud): only the repository's signature protects it.`;
  return ok(unsigned.length === 0 ? [] : [about]);
}

/** A file as pieces, each in a buffer of its own; an error of the disk ends them early and is told afterwards. */
export function readable(files: Ports['files'], path: string): { readonly source: () => Iterable<Uint8Array>; readonly problem: () => string | undefined } {
  let failure: IoFailure | undefined;
  return {
    problem: () => (failure === undefined ? undefined : `it cannot be read: ${ioProblem(failure)}`),
    *source() {
      const opened = files.open(path);
      if (!opened.ok) {
        failure = opened.failure;
        return;
      }
      try {
        for (;;) {
          // a new buffer for each piece: the stream that unpacks them may still hold the one before
          const buffer = new Uint8Array(READ_BYTES);
          const count = opened.value.read(buffer);
          if (!count.ok) failure = count.failure;
          if (!count.ok || count.value === 0) return;
          yield buffer.subarray(0, count.value);
        }
      } finally {
        opened.value.close();
      }
    },
  };
}
