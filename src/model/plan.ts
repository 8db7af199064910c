import type { Component, Installed } from './component.ts';
import type { ComponentId, Instant } from './ids.ts';
import type { Content, Inventory } from './plugin.ts';
import type { LoadedPolicy } from './policy.ts';
import type { Reason } from './reasons.ts';
import type { Catalog, Delta, Release } from './release.ts';
import type { Failure } from './failure.ts';

/** Where a delta leads from and to: each step's outcome is the next one's base. */
export type DeltaStep = { readonly delta: Delta; readonly from: Release; readonly to: Release };

/** How a release's bytes come here, cheapest first. `bytes`: what is to be downloaded. `kept`: it is installed, and whole. */
export type Route =
  | { readonly kind: 'kept' | 'cache' | 'full'; readonly bytes: number }
  | { readonly kind: 'delta'; readonly bytes: number; readonly base: 'tree' | 'package'; readonly steps: readonly DeltaStep[] };

/** What a component's catalog said, or why there is none. */
export type CatalogState =
  | { readonly kind: 'catalog'; readonly catalog: Catalog }
  | { readonly kind: 'not-published' }
  | { readonly kind: 'not-fetched' }
  | { readonly kind: 'failed'; readonly failure: Failure };

export type QuarantineEntry = {
  readonly component: ComponentId;
  readonly sequence: number;
  readonly sha256: string;
  readonly why: string;
  readonly since: Instant;
  /** the policy under which it failed: another policy ends it; ANY_POLICY: only a newer release or --force does */
  readonly policyDigest: string;
};

/** A delta whose base was right and which failed all the same: left alone under the policy of the time, as asking again cannot help. */
export type RefusedDelta = {
  readonly component: ComponentId;
  /** the release that it leads to */
  readonly sequence: number;
  readonly sha256: string;
  readonly why: string;
  readonly since: Instant;
  readonly policyDigest: string;
};

/**
 * What was answered about an optional release that is not installed yet, kept across runs. `later`: put off `count` times; `no`: it is not
 * asked about again.
 */
export type Deferral = {
  readonly component: ComponentId;
  readonly sequence: number;
  readonly answer: Exclude<ConsentAnswer, 'yes'>;
  readonly count: number;
  readonly at: Instant;
};

/** A user's word on an optional release; no word in time is `later`. */
export type ConsentAnswer = 'yes' | 'later' | 'no';
export type Consent = Pick<Release, 'component' | 'sequence'> & { readonly answer: ConsentAnswer };

/** What deltas can be applied here: by the agent itself to any component's content, and by a plug-in, by its id, to its own. */
export type DeltaAlgorithms = { readonly agent: readonly string[]; readonly plugIns: ReadonlyMap<string, readonly string[]> };

/** A quarantine that no change of policy ends: the release that a rollback left (DESIGN, Fine print). */
export const ANY_POLICY = '*';

/** All that a decision rests on: the planner reads nothing else. */
export type PlanInput = {
  readonly policy: LoadedPolicy;
  readonly components: readonly Component[];
  /** those that failed in this run already: they are not decided again, what is installed of them still counts */
  readonly out: ReadonlySet<ComponentId>;
  readonly inventories: ReadonlyMap<ComponentId, Inventory>;
  readonly catalogs: ReadonlyMap<ComponentId, CatalogState>;
  readonly quarantine: readonly QuarantineEntry[];
  /** packages that are whole in the cache, by sha256 */
  readonly cached: ReadonlySet<string>;
  /** bytes that an earlier run left of packages and deltas that it did not finish, by sha256 */
  readonly begun: ReadonlyMap<string, number>;
  readonly algorithms: DeltaAlgorithms;
  readonly refusedDeltas: readonly RefusedDelta[];
  readonly deferrals: readonly Deferral[];
  readonly plugIns: ReadonlySet<string>;
  readonly facts: {
    readonly now: Instant;
    readonly hostId: string;
    /** the machine's IANA zone, which counts where policy names none */
    readonly zone: string;
    readonly os: string;
    readonly arch: string;
    readonly agentVersion: string;
    /** the oldest agent that the trusted targets allow, or null */
    readonly agentFloor: string | null;
    /** free bytes where the component's content lives */
    readonly freeBytes: ReadonlyMap<ComponentId, number>;
    /** someone can be asked, and what was answered in this run so far */
    readonly consents: readonly Consent[];
    readonly present: 'someone' | 'nobody';
  };
  readonly asked: {
    readonly components: readonly string[];
    readonly contentTypes: readonly string[];
    readonly force: 'yes' | 'no';
  };
};

export const GATES = [
  'asked',
  'enabled',
  'plug-in',
  'catalog',
  'channel',
  'pin',
  'downgrade',
  'revoked',
  'paused',
  'hold',
  'rollout',
  'requires',
  'conditions',
  'engine',
  'license',
  'quarantine',
  'window',
  'forced',
  'consent',
] as const;
export type Gate = (typeof GATES)[number];

/** One gate's word on one component. `release` is the candidate that it spoke of, where it spoke of one. */
export type Verdict = {
  readonly gate: Gate;
  readonly outcome: 'pass' | 'stop' | 'note';
  readonly reason: Reason;
  readonly sequence?: number;
};

export type Decision = {
  readonly id: ComponentId;
  readonly verdicts: readonly Verdict[];
  /** the newest release that the catalog offers in the component's channel, whether or not it may be installed */
  readonly available: Release | null;
  readonly rollout: { readonly bucket: number; readonly percent: number } | null;
  readonly choice:
    | { readonly kind: 'install'; readonly release: Release; readonly route: Route; readonly why: Reason; readonly from: Installed | null }
    /** the last known good that is kept on disk, without network: only away from a revoked release that leads nowhere else */
    | { readonly kind: 'restore'; readonly to: Content; readonly why: Reason; readonly from: Installed }
    | { readonly kind: 'ask'; readonly release: Release; readonly reason: Reason }
    | { readonly kind: 'current'; readonly reason: Reason | null }
    | { readonly kind: 'skipped' | 'deferred'; readonly reason: Reason }
    | { readonly kind: 'failed'; readonly failure: Failure };
};

/** What this round does. `installs` are the decisions to carry out now, in order; a round with forced ones holds only those. */
export type Plan = {
  readonly decisions: readonly Decision[];
  readonly installs: readonly ComponentId[];
};
