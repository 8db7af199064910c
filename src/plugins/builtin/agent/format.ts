import { EXECUTABLE_HEAD_BYTES, readExecutable } from '../../../formats/executable.ts';
import type { Ports } from '../../../model/index.ts';
import { ioProblem } from '../../io-failures.ts';

/** Why the file cannot run here, from its header, before it is ever started. */
export function formatProblem({ files, os }: Pick<Ports, 'files' | 'os'>, path: string): string | undefined {
  const opened = files.open(path);
  if (!opened.ok) return `it cannot be read (${ioProblem(opened.failure)})`;
  const head = new Uint8Array(EXECUTABLE_HEAD_BYTES);
  const count = opened.value.read(head, 0);
  opened.value.close();
  if (!count.ok) return `it cannot be read (${ioProblem(count.failure)})`;
  const found = readExecutable(head.subarray(0, count.value));
  if (found === undefined) return 'it is no ELF, Mach-O or PE program';
  if (found.os === os.platform && found.archs.includes(os.arch)) return undefined;
  return `it is a program for ${found.os} on ${found.archs.join(' and ')}, and this machine is ${os.platform} on ${os.arch}`;
}
