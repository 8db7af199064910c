import { type Failure, type HistoryEntry, ok, type Outcome, type Ports } from '../model/index.ts';
import { sqlFailed } from './failures.ts';
import { readableFolder } from './folder.ts';
import { latestEvents } from './history.ts';
import { pathOf } from './layout.ts';

/** Each component's newest entries, read beside a run that may be going on: needs no lock, makes and mends nothing. */
export function readHistory(
  ports: Pick<Ports, 'files' | 'sql'>,
  dir: string,
  count: number,
): Outcome<ReadonlyMap<string, readonly HistoryEntry[]>, Failure> {
  const folder = readableFolder(ports, dir);
  if (!folder.ok) return folder;
  const path = pathOf(dir, 'stateDb');
  const seen = ports.files.stat(path);
  if (!seen.ok || seen.value.type !== 'file' || seen.value.size === 0) return ok(new Map());
  const opened = ports.sql.open(path);
  if (!opened.ok) return sqlFailed(opened.failure);
  const latest = latestEvents(opened.value, count);
  opened.value.close();
  return latest.ok ? latest : sqlFailed(latest.failure);
}
