import { type CodeName, type Failure, timesForPeople } from '../model/index.ts';
import type { Scene } from './scene.ts';

/** What one check found. `evidence`: what was seen, one line each; times as people read them. */
export type Finding =
  | { readonly verdict: 'ok'; readonly text: string; readonly evidence: readonly string[]; readonly policyKey?: string }
  | { readonly verdict: 'warn' | 'fail'; readonly failure: Failure; readonly evidence: readonly string[]; readonly policyKey?: string }
  | { readonly verdict: 'skipped'; readonly because: string };

export const fine = (text: string, evidence: readonly string[] = []): Finding => ({ verdict: 'ok', text: timesForPeople(text), evidence: evidence.map(timesForPeople) });
export const skipped = (because: string): Finding => ({ verdict: 'skipped', because });

/** It will do harm later, or costs something now. */
export function warned(failure: Failure, evidence: readonly string[] = [], policyKey?: string): Finding {
  return { verdict: 'warn', failure, evidence: evidence.map(timesForPeople), ...(policyKey === undefined ? {} : { policyKey }) };
}

/** A run would fail of it, as a whole or for one component or server. */
export function broken(failure: Failure, evidence: readonly string[] = [], policyKey?: string): Finding {
  return { verdict: 'fail', failure, evidence: evidence.map(timesForPeople), ...(policyKey === undefined ? {} : { policyKey }) };
}

/** One check: a row of the table. `S`: what it is about. */
export type CheckRow<S> = {
  readonly id: string;
  readonly title: string;
  /** checks that must have ended well, or with a warning, before this one makes sense: of the machine, or of the same subject */
  readonly needs: readonly string[];
  /** what its failing can end doctor with */
  readonly codes: readonly CodeName[];
  readonly look: (scene: Scene, subject: S) => Finding | Promise<Finding>;
};

/** `250 ms`; under one millisecond is one. */
export const took = (ms: number): string => `${Math.max(1, Math.round(ms))} ms`;
