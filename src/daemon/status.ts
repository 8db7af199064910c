import type { DaemonStatus, Ports, StatusDocument } from '../model/index.ts';
import { failureText } from '../model/index.ts';
import { noStatus } from '../report/index.ts';
import { readStatus } from '../state/index.ts';

/** What the last run said, and how the daemon stands. */
export function statusNow(ports: Pick<Ports, 'files' | 'clock'>, stateDir: string, daemon: DaemonStatus): StatusDocument {
  const read = readStatus(ports, stateDir);
  if (read.ok && read.value.kind === 'document') return { ...read.value.document, daemon };
  const problem = read.ok ? undefined : failureText(read.failure);
  return { ...noStatus(ports.clock.now(), problem), daemon };
}
