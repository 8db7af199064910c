import type { CodeName } from './codes.ts';
import type { Restart } from './release.ts';

/** RFC 3339, UTC. */
export type Timestamp = string;
export type VersionRef = { readonly version: string; readonly sequence: number; readonly date: Timestamp };
export type Action = 'updated' | 'current' | 'skipped' | 'deferred' | 'failed' | 'rolled-back';
export type RunOutcome = 'updated' | 'current' | 'deferred' | 'partial' | 'failed';

export type ResultReason = {
  readonly code: string;
  readonly text: string;
  readonly policyKey?: string;
  readonly source?: string;
  readonly until?: Timestamp;
  /** of an optional release: how often the user put it off, and how often policy lets them */
  readonly deferrals?: { readonly count: number; readonly limit: number };
  readonly remedy?: string;
};

/** When the next scheduled run is due, and why then; null where no policy says so. */
export type NextRef = {
  readonly at: Timestamp | null;
  readonly reason: ResultReason | null;
  /** when the first of what is on probation is judged, without a run; absent where nothing is */
  readonly probation?: { readonly at: Timestamp; readonly reason: ResultReason };
};

/** A restart that installed content waits for. */
export type PendingRestart = {
  /** the component's */
  readonly id: string;
  readonly version: string;
  readonly kind: Exclude<Restart, 'none'>;
  /** when that content was installed */
  readonly since: Timestamp;
  /** the boot in which it was installed: another one now, and it has happened; null where the system does not say */
  readonly bootId: string | null;
};

export type StageRecord = { readonly stage: string; readonly ms: number; readonly outcome: string };

export type ComponentResult = {
  readonly id: string;
  readonly name: string;
  readonly contentType: string;
  readonly before: VersionRef | null;
  readonly after: VersionRef | null;
  readonly available: VersionRef | null;
  readonly loaded: string | null;
  readonly action: Action;
  readonly reason: ResultReason | null;
  readonly via: 'full' | 'delta' | 'cache' | 'none';
  readonly bytes: { readonly downloaded: number; readonly full: number };
  readonly freshness: {
    readonly contentDate: Timestamp;
    readonly ageHours: number;
    readonly maxAgeHours: number;
    readonly stale: boolean;
  } | null;
  readonly rollout: { readonly bucket: number; readonly percent: number } | null;
  readonly probation: { readonly until: Timestamp } | null;
  readonly restart: Restart;
  readonly stages: readonly StageRecord[];
};

export type ResultError = {
  readonly code: number;
  readonly name: CodeName;
  readonly component?: string;
  readonly stage: string;
  readonly text: string;
  readonly remedy: string;
  readonly detail?: string;
};

/** A registration that is not valid, and was renamed to `path`; why lies beside it. */
export type SetAside = { readonly id: string; readonly path: string };

/** `glued.run/1`: what one run did, to which component, and why. */
export type RunDocument = {
  readonly schema: 'glued.run/1';
  readonly runId: string;
  readonly agent: { readonly version: string; readonly runtime: string; readonly os: string; readonly arch: string };
  readonly host: { readonly id: string; readonly name: string };
  readonly trigger: string;
  readonly startedAt: Timestamp;
  readonly finishedAt: Timestamp;
  readonly dryRun?: boolean;
  readonly outcome: RunOutcome;
  readonly code: number;
  readonly codeName: CodeName;
  readonly policy: {
    readonly id: string | null;
    readonly version: number | null;
    readonly digest: string | null;
    readonly sources: readonly { readonly path: string; readonly trusted: boolean }[];
    readonly ignoredKeys: readonly string[];
  };
  readonly server: { readonly url: string | null; readonly tried: readonly { readonly url: string; readonly error: string }[] };
  readonly rounds: number;
  readonly components: readonly ComponentResult[];
  readonly restart: Restart;
  readonly errors: readonly ResultError[];
  /** registrations that an earlier run set aside: no run updates their components. Left out where there are none */
  readonly setAside?: readonly SetAside[];
  /** what was found broken and mended, or is worth knowing: never a reason to fail */
  readonly notes: readonly string[];
  readonly report: { readonly delivered: boolean; readonly queued: number; readonly lastError: string | null };
  readonly trust: { readonly expiresAt: Timestamp | null };
  readonly next: NextRef;
};

export type HistoryEntry = {
  readonly at: Timestamp;
  readonly runId: string;
  readonly version: string | null;
  readonly sequence: number | null;
  readonly action: Action;
  readonly code: number;
};

/** A command of the daemon's queue, as others see it. */
export type QueuedCommand = { readonly id: string; readonly kind: string; readonly trigger: string; readonly askedAt: Timestamp };

/** How the daemon stands; only where it is the daemon itself that says it. */
export type DaemonStatus = {
  readonly pid: number;
  readonly version: string;
  readonly startedAt: Timestamp;
  readonly state: 'idle' | 'running' | 'stopping';
  readonly running: QueuedCommand | null;
  readonly queue: readonly QueuedCommand[];
  readonly next: NextRef;
  /** `path`: --policy; `problem`: why the policy cannot be used now */
  readonly policy: { readonly path: string | null; readonly trustCheck: 'enforce' | 'insecure'; readonly problem: string | null };
};

/** `glued.status/1`: the last run, and each component's history. */
export type StatusDocument = {
  readonly schema: 'glued.status/1';
  readonly writtenAt: Timestamp;
  readonly health: 'ok' | 'degraded' | 'failed';
  readonly summary: string;
  readonly last: RunDocument | null;
  readonly components: readonly {
    readonly id: string;
    readonly lastAttempt: Timestamp | null;
    readonly lastSuccess: Timestamp | null;
    readonly installed: VersionRef | null;
    readonly history: readonly HistoryEntry[];
  }[];
  /** restarts that installed content waited for when this was written */
  readonly restarts: readonly PendingRestart[];
  readonly next: NextRef;
  readonly trust: { readonly expiresAt: Timestamp | null };
  readonly report: { readonly delivered: boolean; readonly queued: number; readonly lastError: string | null };
  readonly daemon?: DaemonStatus;
};
