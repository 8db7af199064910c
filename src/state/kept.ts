import { type Failure, type Instant, ok, type Outcome, type Ports } from '../model/index.ts';
import { StateDatabase } from './database.ts';
import { pathOf, type Place } from './layout.ts';

type Note = (text: string) => void;

/**
 * What a process that stays keeps of the state between its runs: state.db open, and the certainty that status.json is as it wrote it. Either
 * holds only for the very file: where another one lies in its place, everything is opened and read as by a process that has just begun.
 */
export class KeptState {
  private database: { readonly open: StateDatabase; readonly file: string } | undefined;
  private status: string | undefined;

  /** state.db, open for this run */
  open(ports: Pick<Ports, 'files' | 'sql'>, dir: string, now: Instant, note: Note): Outcome<StateDatabase, Failure> {
    const path = pathOf(dir, 'stateDb');
    const { database } = this;
    if (database !== undefined && database.file === fileAt(ports.files, dir, 'stateDb')) return ok(database.open.handOver(now, note));
    this.close();
    const opened = StateDatabase.open(ports, path, now, note);
    const file = opened.ok ? fileAt(ports.files, dir, 'stateDb') : undefined;
    if (opened.ok && file !== undefined) this.database = { open: opened.value, file };
    return opened;
  }

  /** status.json was just written */
  wroteStatus(files: Ports['files'], dir: string): void {
    this.status = fileAt(files, dir, 'status');
  }

  isOurStatus(files: Ports['files'], dir: string): boolean {
    return this.status !== undefined && this.status === fileAt(files, dir, 'status');
  }

  close(): void {
    this.database?.open.close();
    this.database = undefined;
  }
}

/** What tells a file from every other; of status.json, which is replaced and never written into, its content too. */
function fileAt(files: Ports['files'], dir: string, place: Place): string | undefined {
  const seen = files.stat(pathOf(dir, place));
  if (!seen.ok) return undefined;
  const { device, inode, modifiedAt, size } = seen.value;
  return place === 'status' ? `${device} ${inode} ${modifiedAt} ${size}` : `${device} ${inode}`;
}
