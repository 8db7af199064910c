import type { Component, Installed } from './component.ts';
import type { Failure } from './failure.ts';
import type { Instant, Sha256 } from './ids.ts';
import type { Outcome } from './outcome.ts';
import type { Policy } from './policy.ts';
import type { Release } from './release.ts';

/** Ids that no external plug-in may have: the built-in ones', of today and to come. */
export const BUILT_IN_PLUG_INS = ['files', 'clamav', 'suricata', 'agent'] as const;

/**
 * How a component's engine fares, seen from outside. none: there is nothing to ask, the clock alone proves. up: it answered; `identity` is
 * another one after each start of it. silent: it is there and does not answer. stopped: it ended in order, or nobody started it.
 * dead: it ended, and nobody told it to; `since`: when the one that died had come up, where that can be seen. `why`: the plug-in failed to say how
 * the engine fares, which says nothing of the content. `ever`: it has no way to, whatever engine there is.
 */
export type EngineLife =
  | { readonly kind: 'none'; readonly why?: Failure; readonly ever?: 'no' }
  | { readonly kind: 'up'; readonly identity: string; readonly says: string }
  | { readonly kind: 'silent' | 'stopped'; readonly detail: string }
  | { readonly kind: 'dead'; readonly since: Instant | null; readonly detail: string; readonly lastWords: string };

/** Content of one release, unpacked on the file system where it will live. `folder` holds `manifest.json` and `content/…`. */
export type Content = {
  readonly sequence: number;
  readonly version: string;
  readonly date: Instant;
  readonly sha256: Sha256;
  readonly folder: string;
};

export type Inventory = {
  /**
   * absent: nothing is there. whole: exactly what the registry says is installed. damaged: ours, but not whole.
   * foreign: something is there that we did not install (`registry add` asks for --adopt).
   */
  readonly state: 'absent' | 'whole' | 'damaged' | 'foreign';
  /** why it is damaged or foreign: names the path and what is wrong with it */
  readonly detail?: string;
  /** whole, and not what the machine's own settings would make of the release now: why, as a phrase */
  readonly outdated?: string;
  /** whole, and worth telling in each run: a sentence */
  readonly remark?: string;
  /** what the engine says that it runs now, or null where no engine runs */
  readonly loaded: string | null;
  /** the installed engine's version, or null where there is none */
  readonly engineVersion: string | null;
  /** the folder that holds the versions, on the install path's file system: `…/.glued-ID` */
  readonly versions: string;
  /** what is kept there, whole, newest first */
  readonly kept: readonly Content[];
  /** sequences of what is kept that a vendor's delta made: its files are not the package's byte for byte, so it is no base for deltas of ours */
  readonly vendorMade?: readonly number[];
};

/** One installation, handed to every call. `next` null: the component is to have nothing (a first install is undone). */
export type Job = {
  readonly component: Component;
  readonly next: Content;
  readonly previous: Content | null;
  /** while `next` is on probation: the proven release before the last known good, whose content `finish` leaves */
  readonly earlier?: Installed | null;
  /** `next` was made anew by the machine's own settings, and must prove itself: `swap` and `finish` leave what was made of it before */
  readonly wayBack?: 'kept';
  /** to `restore`: what gives way failed its probation, and the same settings are not to make it again */
  readonly condemned?: 'yes';
  readonly verify: Policy['verify'];
  /** a private folder in the state, emptied afterwards */
  readonly scratch: string;
  readonly now: Instant;
  readonly signal: AbortSignal;
};

/** What a call found that is worth telling in the run's notes: never a reason to fail. */
export type Remarks = { readonly notes: readonly string[] };

export type Confirmation = { readonly loaded: string | null };

/**
 * A product's plug-in (DESIGN, Plug-ins). Every call may be repeated: it must reach the same end. `swap` and `restore` leave, at
 * each instant, content that `restore` makes whole. Failures carry their own exit code: check and license 2, 3, 5;
 * test 11; swap and confirm 12; restore 13.
 */
export interface PlugIn {
  readonly id: string;
  /** quick looks at names and sizes; deep hashes every file. Starts no engine in quick. */
  inventory(component: Component, depth: 'quick' | 'deep', signal: AbortSignal): Promise<Outcome<Inventory, Failure>>;
  license(component: Component, release: Release): Promise<Outcome<undefined, Failure>>;
  /** pre-conditions, before a byte is fetched */
  check(component: Component, release: Release): Promise<Outcome<undefined, Failure>>;
  /** is the unpacked content good? Before the swap, in a child where an engine is asked. */
  test(job: Job): Promise<Outcome<Remarks | undefined, Failure>>;
  swap(job: Job): Promise<Outcome<undefined, Failure>>;
  /** the engine says which version it runs; `loaded` null where none runs */
  confirm(job: Job): Promise<Outcome<Confirmation, Failure>>;
  /**
   * Lets the new content do work of its own, after the run let go of the state: for what only its own work can prove. Where it does not, the
   * installation is taken back by `restore`.
   */
  prove?(job: Job): Promise<Outcome<Remarks | undefined, Failure>>;
  /** puts `previous` back, whole, from any point of `swap` */
  restore(job: Job): Promise<Outcome<undefined, Failure>>;
  /** drops what is not needed any more: staging, and versions beyond the last two proven. Called after success and after restore. */
  finish(job: Job): Promise<Outcome<undefined, Failure>>;
  /** how the engine fares, within `timeoutMs`; absent: there is none that can be asked */
  alive?(component: Component, timeoutMs: number, signal: AbortSignal): Promise<EngineLife>;
  /** ends what it has running. Called once, at the end of a run. */
  end?(): Promise<void>;
}

/** The run that a plug-in is part of, for the one that tries a new agent on a copy of it. */
export type RunPlace = {
  readonly stateDir: string;
  readonly policyPath?: string;
  readonly trustCheck: 'enforce' | 'insecure';
  /** of the agent that runs */
  readonly agentVersion: string;
  readonly hostId: () => string;
  /** all that are registered, with what is installed of each now */
  readonly components: () => readonly Component[];
};

/** The external plug-ins that policy allows, and what they are run with. */
export type AllowedPlugIns = {
  readonly allow: Policy['plugins']['allow'];
  readonly verify: Policy['verify'];
  /** a private folder in the state, emptied afterwards */
  readonly scratch: string;
};
