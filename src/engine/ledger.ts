import type {
  Clock,
  Component,
  ComponentId,
  Decision,
  Failure,
  Installed,
  Instant,
  Inventory,
  Job,
  Plan,
  PlanInput,
  Probation,
  Reason,
  ReasonCode,
  Release,
  RestartNeed,
  SetAside,
  StageRecord,
} from '../model/index.ts';

/** Content on probation that must do work of its own at once, before it is believed at all. */
export type Proving = { readonly job: Job; readonly probation: Probation };

/** How a component fared in this run, as far as it got. */
export type Entry = {
  component: Component;
  readonly before: Installed | null;
  inventory: Inventory | null;
  decision: Decision | null;
  loaded: string | null;
  via: 'full' | 'delta' | 'cache' | 'none';
  downloaded: number;
  full: number;
  moved: Release | 'rollback' | 'recovered' | null;
  restored: boolean;
  /** until when what is installed has to prove itself; null: it did */
  probation: { readonly until: Instant } | null;
  /** installed in this run, and still to prove itself by work of its own */
  proving: Proving | null;
  failure: { readonly failure: Failure; readonly stage: string } | null;
  /** in a dry run: the decision that would have moved it */
  foreseen: Decision | null;
  /** why it was not carried out after all (interrupted, out of rounds) */
  overrule: ReasonCode | null;
  /** what was damaged and put back, withdrawn and left, or installed unasked: it must be learnt of, whatever is to be said of newer releases */
  mended: Reason | null;
  /** why the full package was taken although there was a delta */
  fellBack: Reason | null;
  readonly stages: StageRecord[];
};

export type RunError = { readonly failure: Failure; readonly stage: string; readonly component?: string };

/** The note where a plug-in could not tidy up: never a failure. */
export const leftBehind = (component: string): string => `Old versions of ${component} could not be removed; the next run tries again.`;

const MENDING: ReadonlySet<ReasonCode> = new Set<ReasonCode>(['reinstall-damaged', 'reapply', 'revoked-safe', 'revoked-newest', 'install-unasked']);

/** Why a component moves, where that is worth knowing after all is well again. */
export const mends = (why: Reason): boolean => MENDING.has(why.code);

/** The run's own record, from which the result is made. One a run; the engine alone writes it. */
export class Ledger {
  readonly entries = new Map<ComponentId, Entry>();
  readonly errors: RunError[] = [];
  readonly notes: string[] = [];
  /** registrations that an earlier run set aside */
  setAside: readonly SetAside[] = [];
  /** the restarts that installed content waits for, at the end of the run */
  restarts: readonly RestartNeed[] = [];
  readonly tried: { readonly url: string; readonly error: string }[] = [];
  server: string | null = null;
  expiresAt: number | null = null;
  /** the oldest agent that the trusted targets allow */
  agentFloor: string | null = null;
  rounds = 0;
  /** the latest plan and all that it rested on, for `explain` */
  last: { readonly plan: Plan; readonly input: PlanInput } | null = null;
  private readonly clock: Pick<Clock, 'monotonic'>;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.clock = clock;
  }

  /** Adds a component, or returns the entry that it has. */
  enter(component: Component): Entry {
    const existing = this.entries.get(component.id);
    if (existing !== undefined) return existing;
    const entry: Entry = {
      component,
      before: component.installed,
      inventory: null,
      decision: null,
      loaded: null,
      via: 'none',
      downloaded: 0,
      full: 0,
      moved: null,
      restored: false,
      probation: null,
      proving: null,
      foreseen: null,
      failure: null,
      overrule: null,
      mended: null,
      fellBack: null,
      stages: [],
    };
    this.entries.set(component.id, entry);
    return entry;
  }

  /** Forgets the components that are not among these: recovery may have touched one that is not registered any more. */
  keepOnly(components: readonly Component[]): void {
    const ids = new Set(components.map((c) => c.id));
    for (const id of [...this.entries.keys()]) if (!ids.has(id)) this.entries.delete(id);
  }

  /** A failure of one component: it is out of this run, and costs nobody else anything. */
  fail(entry: Entry, stage: string, failure: Failure): void {
    entry.failure = { failure, stage };
    this.errors.push({ failure, stage, component: entry.component.id });
  }

  /** A failure of the run, or of something that is no component yet. */
  failRun(stage: string, failure: Failure, component?: string): void {
    this.errors.push(component === undefined ? { failure, stage } : { failure, stage, component });
  }

  /** Runs one stage of a component and records its time and outcome. */
  async time<T extends { readonly ok: boolean }>(entry: Entry, stage: string, work: () => Promise<T>): Promise<T> {
    const from = this.clock.monotonic();
    const result = await work();
    entry.stages.push({ stage, ms: Math.round(this.clock.monotonic() - from), outcome: result.ok ? 'pass' : 'fail' });
    return result;
  }
}
