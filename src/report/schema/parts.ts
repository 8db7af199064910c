import {
  type Action,
  CODES,
  CONTENT_TYPES,
  type ComponentResult,
  type HistoryEntry,
  type NextRef,
  type PendingRestart,
  RESTARTS,
  type ResultError,
  type ResultReason,
  type RunDocument,
  type StageRecord,
  type VersionRef,
} from '../../model/index.ts';
import { count, flag, group, kebab, list, number, oneOf, orNull, type Schema, text, timestamp } from './build.ts';

/** Parts that several documents have. */

const ACTIONS = ['updated', 'current', 'skipped', 'deferred', 'failed', 'rolled-back'] as const satisfies readonly Action[];

export const action = oneOf(ACTIONS, 'What happened to the component.');
export const restart = oneOf(RESTARTS, 'What is needed before the new content counts.');
export const exitCode = oneOf([...new Set(Object.values(CODES))], 'The exit code.');
export const codeName = oneOf(Object.keys(CODES), 'The name of the exit code.');

export const versionRef = group<VersionRef>(
  { version: text('As published.'), sequence: count('Orders releases.'), date: timestamp("The release's date, from signed metadata.") },
  [],
);

export const reason: Schema = group<ResultReason>(
  {
    code: kebab('Stable, for programs.'),
    text: text('For people.'),
    policyKey: text('The most specific policy key that decided.'),
    source: text('The file that set it.'),
    until: timestamp('When it ends by itself.'),
    deferrals: group<NonNullable<ResultReason['deferrals']>>({ count: count('How often the user put it off.'), limit: count('How often policy allows that.') }, []),
    remedy: text('What to do about it.'),
  },
  ['policyKey', 'source', 'until', 'deferrals', 'remedy'],
);

export const rollout = orNull(
  group<NonNullable<ComponentResult['rollout']>>(
    { bucket: number("This machine's place, 0 to 99.99; it is in while bucket < percent."), percent: number() },
    [],
  ),
);

export const error: Schema = group<ResultError>(
  {
    code: exitCode,
    name: codeName,
    component: text('Absent where it is the whole run that failed.'),
    stage: text(),
    text: text('What is wrong.'),
    remedy: text('What to do.'),
    detail: text('Evidence: what a program said, a cause.'),
  },
  ['component', 'detail'],
);

export const stage: Schema = group<StageRecord>({ stage: text(), ms: number('Milliseconds.'), outcome: text() }, []);

export const historyEntry: Schema = group<HistoryEntry>(
  { at: timestamp(), runId: text(), version: orNull(text()), sequence: orNull(count()), action, code: exitCode },
  [],
);

export const pendingRestart: Schema = group<PendingRestart>(
  {
    id: text("The component's."),
    version: text(),
    kind: oneOf(['logout', 'reboot']),
    since: timestamp('When the content was installed.'),
    bootId: orNull(text('The boot in which that was: another one now, and the restart has happened.')),
  },
  [],
);

export const next: Schema = group<NextRef>(
  {
    at: orNull(timestamp('The next scheduled run.')),
    reason: orNull(reason),
    probation: group<NonNullable<NextRef['probation']>>({ at: timestamp(), reason }, [], 'When the first of what is on probation is judged, which needs no run; absent where nothing is.'),
  },
  ['probation'],
);
export const trust: Schema = group<RunDocument['trust']>({ expiresAt: orNull(timestamp('When the trusted metadata expires.')) }, []);
export const delivery: Schema = group<RunDocument['report']>(
  { delivered: flag(), queued: count('Results that wait for the console.'), lastError: orNull(text()) },
  [],
);

export const component: Schema = group<ComponentResult>(
  {
    id: text(),
    name: text(),
    contentType: oneOf(CONTENT_TYPES),
    before: orNull(versionRef),
    after: orNull(versionRef),
    available: orNull(versionRef),
    loaded: orNull(text('What the engine says that it runs.')),
    action,
    reason: orNull(reason),
    via: oneOf(['full', 'delta', 'cache', 'none']),
    bytes: group<ComponentResult['bytes']>({ downloaded: count(), full: count('The size of the whole package.') }, []),
    freshness: orNull(
      group<NonNullable<ComponentResult['freshness']>>(
        { contentDate: timestamp(), ageHours: number(), maxAgeHours: number(), stale: flag('ageHours > maxAgeHours.') },
        [],
      ),
    ),
    rollout,
    probation: orNull(group<NonNullable<ComponentResult['probation']>>({ until: timestamp() }, [])),
    restart,
    stages: list(stage),
  },
  [],
);
