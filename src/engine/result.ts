import {
  type Action,
  CODES,
  type CodeName,
  type ComponentResult,
  type Decision,
  failureCode,
  growsStale,
  type Installed,
  type LoadedPolicy,
  type Release,
  type RunDocument,
  type RunId,
  rfc3339,
  strongestRestart,
  type VersionRef,
} from '../model/index.ts';
import { CONDEMNATIONS } from '../model/failures/probation.ts';
import { failureToError, failureToReason, reasonToResult } from '../report/index.ts';
import { reallyInstalled } from './foresee.ts';
import type { Entry, Ledger, RunError } from './ledger.ts';
import type { RunOptions, World } from './world.ts';

export type RunFacts = {
  readonly runId: RunId;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly policy: LoadedPolicy | null;
  readonly hostId: string;
  readonly options: RunOptions;
};

/** `{version, sequence, date}` of what is installed or offered. */
export function versionRef(at: Pick<Installed, 'version' | 'sequence' | 'date'> | Release | null): VersionRef | null {
  return at === null ? null : { version: at.version, sequence: at.sequence, date: rfc3339(at.date) };
}

/** The run's document (DESIGN, Results), from the ledger. */
export function runDocument(world: World, ledger: Ledger, facts: RunFacts): RunDocument {
  const components = [...ledger.entries.values()]
    .sort((a, b) => (a.component.id < b.component.id ? -1 : 1))
    .map((entry) => componentResult(entry, ledger, facts));
  const codeName = codeOf(ledger.errors, components);
  const { os } = world.ports;
  const { policy } = facts;
  return {
    schema: 'glued.run/1',
    runId: facts.runId,
    agent: { version: world.agentVersion, runtime: os.runtime, os: os.platform, arch: os.arch },
    host: { id: facts.hostId, name: os.hostName() },
    trigger: facts.options.trigger,
    startedAt: rfc3339(facts.startedAt),
    finishedAt: rfc3339(facts.finishedAt),
    ...(facts.options.mode === 'dry-run' ? { dryRun: true } : {}),
    outcome: outcomeOf(ledger.errors, components),
    code: CODES[codeName],
    codeName,
    policy: {
      id: policy?.policy.id ?? null,
      version: policy?.policy.version ?? null,
      digest: policy?.digest ?? null,
      sources: policy?.sources ?? [],
      ignoredKeys: policy?.ignoredKeys ?? [],
    },
    server: { url: ledger.server, tried: ledger.tried },
    rounds: ledger.rounds,
    components,
    restart: strongestRestart(ledger.restarts.map((n) => n.kind)),
    errors: ledger.errors.map((e) => failureToError(e.failure, e.stage, e.component)),
    ...(ledger.setAside.length === 0 ? {} : { setAside: ledger.setAside }),
    notes: ledger.notes,
    report: { delivered: false, queued: 0, lastError: null },
    trust: { expiresAt: ledger.expiresAt === null ? null : rfc3339(ledger.expiresAt) },
    next: { at: null, reason: null },
  };
}

function componentResult(entry: Entry, ledger: Ledger, facts: RunFacts): ComponentResult {
  const { component, decision } = entry;
  const action = actionOf(entry, ledger);
  return {
    id: component.id,
    name: component.name,
    contentType: component.contentType,
    before: versionRef(entry.before),
    after: versionRef(component.installed),
    available: versionRef(decision?.available ?? null),
    loaded: entry.loaded,
    action,
    reason: reasonOf(entry, ledger, action),
    via: entry.moved === null ? 'none' : entry.via,
    bytes: { downloaded: entry.downloaded, full: entry.full },
    freshness: freshness(entry, facts),
    rollout: decision?.rollout ?? null,
    probation: entry.probation === null ? null : { until: rfc3339(entry.probation.until) },
    restart: strongestRestart(ledger.restarts.filter((n) => n.component === component.id).map((n) => n.kind)),
    stages: entry.stages,
  };
}

function actionOf(entry: Entry, ledger: Ledger): Action {
  if (entry.failure !== null) return entry.restored ? 'rolled-back' : isWaiting(entry.failure) ? 'deferred' : 'failed';
  if (entry.moved !== null) return entry.moved === 'rollback' ? 'rolled-back' : 'updated';
  if (entry.overrule !== null) return 'deferred';
  switch (entry.decision?.choice.kind) {
    case undefined:
      if (ledger.errors.length > 0 && (entry.probation === null || ledger.errors.some((e) => e.component === undefined))) return 'failed';
      return entry.probation === null ? 'skipped' : 'current';
    case 'ask':
      return 'deferred';
    case 'install':
    case 'restore':
      return 'deferred';
    default:
      return entry.decision?.choice.kind ?? 'skipped';
  }
}

const isAtRest = ({ kind }: Decision['choice']): boolean => kind === 'current' || kind === 'skipped' || kind === 'deferred';

/** Every component that did not move says why; a failure of the whole run is each component's reason. */
function reasonOf(entry: Entry, ledger: Ledger, action: Action): ComponentResult['reason'] {
  if (entry.failure !== null) return failureToReason(entry.failure.failure);
  if (entry.overrule !== null) return reasonToResult({ code: entry.overrule, data: {} });
  const choice = entry.decision?.choice;
  const told = entry.mended ?? (entry.moved === null || choice?.kind !== 'current' ? null : entry.fellBack);
  if (told !== null && choice !== undefined && isAtRest(choice)) return reasonToResult(told);
  if (choice?.kind === 'install' || choice?.kind === 'restore') return reasonToResult(choice.why);
  if (choice !== undefined && choice.kind !== 'failed') return choice.reason === null ? null : reasonToResult(choice.reason);
  const whole = ledger.errors.find((e) => e.component === undefined);
  return whole !== undefined && action === 'failed' ? failureToReason(whole.failure) : null;
}

/** The servers asked us to wait: nothing is wrong, and it ends by itself. */
const isWaiting = ({ failure }: Pick<RunError, 'failure'>): boolean => failureCode(failure) === 'cooling-down';

const HOUR_MS = 3_600_000;

function freshness(entry: Entry, facts: RunFacts): ComponentResult['freshness'] {
  const { component } = entry;
  const installed = reallyInstalled(entry);
  const maxAgeHours = facts.policy?.policy.content[component.contentType].maxAgeHours;
  if (installed === null || maxAgeHours === undefined || !growsStale(component)) return null;
  const ageHours = Math.round(((facts.finishedAt - installed.date) / HOUR_MS) * 10) / 10;
  return { contentDate: rfc3339(installed.date), ageHours, maxAgeHours, stale: ageHours > maxAgeHours };
}

/** A failure alone gives its own code; beside others that moved or are current it is 16. An interruption and a mistyped name decide alone. */
function codeOf(errors: readonly RunError[], components: readonly ComponentResult[]): CodeName {
  const first = errors[0];
  if (first === undefined) return 'ok';
  const decisive = errors.map((e) => failureCode(e.failure)).find((code) => code === 'interrupted' || code === 'usage');
  if (decisive !== undefined) return decisive;
  return components.some((c) => isWell(c) || hasMoved(c)) ? 'done-with-errors' : failureCode(first.failure);
}

const isWell = (c: ComponentResult): boolean => c.action === 'updated' || c.action === 'current';
/** Content that failed its probation and gave way did not get anywhere. */
const hasMoved = (c: ComponentResult): boolean => c.before?.sequence !== c.after?.sequence && !Object.hasOwn(CONDEMNATIONS, c.reason?.code ?? '');

function outcomeOf(errors: readonly RunError[], components: readonly ComponentResult[]): RunDocument['outcome'] {
  if (errors.length > 0) {
    if (components.some((c) => isWell(c) || hasMoved(c))) return 'partial';
    return errors.every(isWaiting) ? 'deferred' : 'failed';
  }
  if (components.some((c) => c.action === 'updated' || c.action === 'rolled-back')) return 'updated';
  return components.some((c) => c.action === 'deferred') ? 'deferred' : 'current';
}
