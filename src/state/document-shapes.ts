import { readJsonText } from '../formats/json.ts';
import { flag, group, integer, list, numberIn, oneOf, optional, orNull, parseShape, type Shape, text } from '../formats/shape.ts';
import {
  type Action,
  CODES,
  type CodeName,
  type ComponentResult,
  type HistoryEntry,
  type NextRef,
  type PendingRestart,
  RESTARTS,
  type ResultError,
  type ResultReason,
  type RunDocument,
  type RunOutcome,
  type StatusDocument,
  type VersionRef,
} from '../model/index.ts';

/** Shapes of the documents that we wrote ourselves and read back. A later agent may have added keys: they are ignored. */
export const ACTIONS = ['updated', 'current', 'skipped', 'deferred', 'failed', 'rolled-back'] as const satisfies readonly Action[];
const OUTCOMES = ['updated', 'current', 'deferred', 'partial', 'failed'] as const satisfies readonly RunOutcome[];
const CODE_NAMES = Object.keys(CODES).filter((name): name is CodeName => name in CODES);
const ANY = text({ max: 1_000_000 });
const count = integer(0);

const REF: Shape<VersionRef> = group({ version: ANY, sequence: count, date: ANY }, 'ignore');
const REASON: Shape<ResultReason> = group(
  { code: ANY, text: ANY, policyKey: optional(ANY), source: optional(ANY), until: optional(ANY), deferrals: optional(group({ count, limit: count }, 'ignore')), remedy: optional(ANY) },
  'ignore',
);
const ERROR: Shape<ResultError> = group(
  { code: count, name: oneOf(CODE_NAMES), component: optional(ANY), stage: ANY, text: ANY, remedy: ANY, detail: optional(ANY) },
  'ignore',
);
const REPORT = group({ delivered: flag, queued: count, lastError: orNull(ANY) }, 'ignore');
const TRUST = group({ expiresAt: orNull(ANY) }, 'ignore');
const NEXT: Shape<NextRef> = group({ at: orNull(ANY), reason: orNull(REASON), probation: optional(group({ at: ANY, reason: REASON }, 'ignore')) }, 'ignore');

const COMPONENT: Shape<ComponentResult> = group(
  {
    id: ANY,
    name: ANY,
    contentType: ANY,
    before: orNull(REF),
    after: orNull(REF),
    available: orNull(REF),
    loaded: orNull(ANY),
    action: oneOf(ACTIONS),
    reason: orNull(REASON),
    via: oneOf(['full', 'delta', 'cache', 'none']),
    bytes: group({ downloaded: count, full: count }, 'ignore'),
    freshness: orNull(
      group({ contentDate: ANY, ageHours: numberIn(-1e9, 1e9), maxAgeHours: numberIn(0, 1e9), stale: flag }, 'ignore'),
    ),
    rollout: orNull(group({ bucket: numberIn(0, 100), percent: numberIn(0, 100) }, 'ignore')),
    probation: orNull(group({ until: ANY }, 'ignore')),
    restart: oneOf(RESTARTS),
    stages: list(group({ stage: ANY, ms: numberIn(0, 1e12), outcome: ANY }, 'ignore')),
  },
  'ignore',
);

/** `glued.run/1` */
export const RUN: Shape<RunDocument> = group(
  {
    schema: oneOf(['glued.run/1']),
    runId: ANY,
    agent: group({ version: ANY, runtime: ANY, os: ANY, arch: ANY }, 'ignore'),
    host: group({ id: ANY, name: ANY }, 'ignore'),
    trigger: ANY,
    startedAt: ANY,
    finishedAt: ANY,
    dryRun: optional(flag),
    outcome: oneOf(OUTCOMES),
    code: count,
    codeName: oneOf(CODE_NAMES),
    policy: group(
      {
        id: orNull(ANY),
        version: orNull(numberIn(-1e15, 1e15)),
        digest: orNull(ANY),
        sources: list(group({ path: ANY, trusted: flag }, 'ignore')),
        ignoredKeys: list(ANY),
      },
      'ignore',
    ),
    server: group({ url: orNull(ANY), tried: list(group({ url: ANY, error: ANY }, 'ignore')) }, 'ignore'),
    rounds: count,
    components: list(COMPONENT),
    restart: oneOf(RESTARTS),
    errors: list(ERROR),
    setAside: optional(list(group({ id: ANY, path: ANY }, 'ignore'))),
    notes: list(ANY),
    report: REPORT,
    trust: TRUST,
    next: NEXT,
  },
  'ignore',
);

/** A `glued.run/1` document, also one of a later agent; undefined where the text is none. */
export function parseRunDocument(json: string): RunDocument | undefined {
  const read = readJsonText(json);
  const parsed = read.ok ? parseShape(RUN, read.value.value) : undefined;
  return parsed !== undefined && 'value' in parsed ? parsed.value : undefined;
}

const HISTORY: Shape<HistoryEntry> = group(
  { at: ANY, runId: ANY, version: orNull(ANY), sequence: orNull(count), action: oneOf(ACTIONS), code: count },
  'ignore',
);

const PENDING: Shape<PendingRestart> = group({ id: ANY, version: ANY, kind: oneOf(['logout', 'reboot']), since: ANY, bootId: orNull(ANY) }, 'ignore');

/** `glued.status/1` */
export const STATUS: Shape<StatusDocument> = group(
  {
    schema: oneOf(['glued.status/1']),
    writtenAt: ANY,
    health: oneOf(['ok', 'degraded', 'failed']),
    summary: ANY,
    last: orNull(RUN),
    components: list(
      group(
        { id: ANY, lastAttempt: orNull(ANY), lastSuccess: orNull(ANY), installed: orNull(REF), history: list(HISTORY) },
        'ignore',
      ),
    ),
    restarts: list(PENDING),
    next: NEXT,
    trust: TRUST,
    report: REPORT,
  },
  'ignore',
);
