import { type Component, type HistoryEntry, type Instant, type RestartNeed, rfc3339, type RunDocument, type StatusDocument, type Timestamp } from '../model/index.ts';
import { healthOf, summaryOf } from './health.ts';

/** Entries of history that a component has in status.json. */
const KEEP = 10;

const timestamp = (at: Instant | undefined): Timestamp | null => (at === undefined ? null : rfc3339(at));

/** `glued.status/1` after a run: the run itself, and each registered component with its latest history, newest first. */
export function statusDocument(
  run: RunDocument,
  components: readonly Component[],
  restarts: readonly RestartNeed[],
  history: ReadonlyMap<string, readonly HistoryEntry[]>,
  now: Instant,
): StatusDocument {
  const registered = [...components].sort((a, b) => (a.id < b.id ? -1 : 1)).map((c) => ({
    id: c.id,
    lastAttempt: timestamp(c.lastAttempt),
    lastSuccess: timestamp(c.lastSuccess),
    installed:
      c.installed === null ? null : { version: c.installed.version, sequence: c.installed.sequence, date: rfc3339(c.installed.date) },
    history: (history.get(c.id) ?? []).slice(0, KEEP),
  }));
  return {
    schema: 'glued.status/1',
    writtenAt: rfc3339(now),
    health: healthOf(run, registered),
    summary: summaryOf(run),
    last: run,
    components: registered,
    restarts: restarts.map(({ component: id, version, kind, since, bootId }) => ({ id, version, kind, since: rfc3339(since), bootId })),
    next: run.next,
    trust: run.trust,
    report: run.report,
  };
}

/** What is said where no run was made yet, or where what was written of it cannot be read: `problem` names that. */
export function noStatus(now: Instant, problem?: string): StatusDocument {
  return {
    schema: 'glued.status/1',
    writtenAt: rfc3339(now),
    health: 'degraded',
    summary: problem ?? 'No run was made yet.',
    last: null,
    components: [],
    restarts: [],
    next: { at: null, reason: null },
    trust: { expiresAt: null },
    report: { delivered: false, queued: 0, lastError: null },
  };
}
