import type { Component, ComponentResult, Decision, Failure, Gate, Next, NextRef, Plan, PlanInput, Release, ResultError, ResultReason, Timestamp, Verdict, VersionRef, WorkingRun } from '../model/index.ts';
import { failureText, rfc3339 } from '../model/index.ts';
import { failureToReason, nextRef, reasonToResult } from './reason.ts';

/** What a plan was made of, and the plan; `offline`: why no server could be asked, so that it rests on what was known before. */
export type ExplainInput = {
  readonly plan: Plan;
  readonly input: PlanInput;
  readonly notes?: readonly string[];
  readonly next?: Next;
  readonly offline?: Failure | null;
  readonly underWay?: WorkingRun | null;
};

export type ExplainVerdict = {
  readonly gate: Gate;
  readonly outcome: Verdict['outcome'];
  /** the release that it spoke of, where it spoke of one */
  readonly sequence: number | null;
  readonly reason: ResultReason;
};

/** How the bytes of what would be installed come here. `steps` are the deltas, in order; `base` is what the first leads from. */
export type ExplainRoute = {
  readonly via: ComponentResult['via'];
  /** to be downloaded, and what the whole package is */
  readonly bytes: number;
  readonly full: number;
  readonly base: 'tree' | 'package' | null;
  readonly steps: readonly { readonly fromSequence: number; readonly sequence: number; readonly size: number; readonly sha256: string; readonly algorithm: string }[];
};

export type ExplainComponent = {
  readonly id: string;
  readonly name: string;
  readonly contentType: string;
  readonly installed: VersionRef | null;
  readonly available: VersionRef | null;
  readonly choice: Decision['choice']['kind'];
  /** where it would go, or what the user is asked about */
  readonly release: VersionRef | null;
  readonly reason: ResultReason | null;
  readonly route: ExplainRoute | null;
  readonly rollout: { readonly bucket: number; readonly percent: number } | null;
  readonly verdicts: readonly ExplainVerdict[];
};

/** A run that is at work meanwhile, and what it is in the middle of. */
export type ExplainUnderWay = {
  readonly pid: number;
  readonly command: string;
  readonly since: Timestamp;
  readonly installing: readonly { readonly id: string; readonly version: string; readonly sequence: number; readonly stage: string }[];
};

/** `glued.explain/1`: why each component is, or is not, up to date. */
export type ExplainDocument = {
  readonly schema: 'glued.explain/1';
  readonly at: Timestamp | null;
  readonly policy: { readonly id: string | null; readonly version: number | null; readonly digest: string | null };
  /** the next scheduled run, as seen from `at` */
  readonly next: NextRef;
  readonly underWay: ExplainUnderWay | null;
  readonly components: readonly ExplainComponent[];
  readonly errors: readonly ResultError[];
  readonly notes: readonly string[];
};

function versionRef(what: Pick<Release, 'version' | 'sequence' | 'date'> | null): VersionRef | null {
  return what === null ? null : { version: what.version, sequence: what.sequence, date: rfc3339(what.date) };
}

function releaseOf({ choice }: Decision): VersionRef | null {
  if (choice.kind === 'install' || choice.kind === 'ask') return versionRef(choice.release);
  return choice.kind === 'restore' ? versionRef(choice.to) : null;
}

function routeOf({ choice }: Decision): ExplainRoute | null {
  if (choice.kind !== 'install') return null;
  const { route, release } = choice;
  const deltas = route.kind === 'delta' ? route : undefined;
  const steps = (deltas?.steps ?? []).map(({ delta, from, to }) => ({ fromSequence: from.sequence, sequence: to.sequence, size: delta.size, sha256: delta.sha256, algorithm: delta.algorithm }));
  return { via: route.kind === 'kept' ? 'none' : route.kind, bytes: route.bytes, full: release.package.size, base: deltas?.base ?? null, steps };
}

function reasonOf({ choice }: Decision): ResultReason | null {
  switch (choice.kind) {
    case 'install':
    case 'restore':
      return reasonToResult(choice.why);
    case 'failed':
      return failureToReason(choice.failure);
    default:
      return choice.reason === null ? null : reasonToResult(choice.reason);
  }
}

function explained(decision: Decision, component: Component): ExplainComponent {
  return {
    id: component.id,
    name: component.name,
    contentType: component.contentType,
    installed: versionRef(component.installed),
    available: versionRef(decision.available),
    choice: decision.choice.kind,
    release: releaseOf(decision),
    reason: reasonOf(decision),
    route: routeOf(decision),
    rollout: decision.rollout,
    verdicts: decision.verdicts.map(({ gate, outcome, sequence, reason }) => ({
      gate,
      outcome,
      sequence: sequence ?? null,
      reason: reasonToResult(reason),
    })),
  };
}

/** The plan in words, of all components or of those whose id or content type is `only`. Without a plan: what kept us from one. */
export function explainDocument(explain: ExplainInput | null, errors: readonly ResultError[], only?: string): ExplainDocument {
  const policy = explain?.input.policy;
  const components = explain?.input.components.filter((c) => only === undefined || c.id === only || c.contentType === only) ?? [];
  return {
    schema: 'glued.explain/1',
    at: explain === null ? null : rfc3339(explain.input.facts.now),
    policy: { id: policy?.policy.id ?? null, version: policy?.policy.version ?? null, digest: policy?.digest ?? null },
    next: nextRef(explain?.next),
    underWay: underWay(explain?.underWay ?? null),
    components: (explain?.plan.decisions ?? []).flatMap((decision) => {
      const component = components.find((c) => c.id === decision.id);
      return component === undefined ? [] : [explained(decision, component)];
    }),
    errors,
    notes: [...(explain?.offline ? [offlineNote(explain.offline)] : []), ...(explain?.notes ?? [])],
  };
}

function underWay(run: WorkingRun | null): ExplainUnderWay | null {
  if (run === null) return null;
  const { pid, command, since, installing } = run;
  return { pid, command, since: rfc3339(since), installing: installing.map(({ component, version, sequence, stage }) => ({ id: component, version, sequence, stage })) };
}

const offlineNote = (why: Failure): string => `No server could be asked, so this rests on the metadata of the last run: ${failureText(why)}`;
