import type { Component } from './component.ts';
import type { ComponentId, Instant, RunId } from './ids.ts';
import type { Content } from './plugin.ts';
import type { Restart } from './release.ts';

/** Stages that touch the machine; each is journalled, durably, before it acts. */
export const WORKING = ['downloading', 'unpacking', 'testing', 'swapping', 'confirming', 'restoring'] as const;
export type Working = (typeof WORKING)[number];
export const FINAL = ['installed', 'refused', 'abandoned', 'rolledBack', 'broken'] as const;
export type Final = (typeof FINAL)[number];

/** unproven: the last known good takes the place of content that failed its probation. */
export const JOURNAL_KINDS = ['install', 'rollback', 'unproven'] as const;
export type JournalKind = (typeof JOURNAL_KINDS)[number];

/** What recovery needs, so that it can act without policy, catalog, registry or network. */
export type JournalEntry = {
  readonly runId: RunId;
  readonly component: ComponentId;
  readonly stage: Working;
  readonly at: Instant;
  readonly snapshot: Component;
  readonly next: Content;
  readonly previous: Content | null;
  readonly kind: JournalKind;
  /** what the release says is needed after it; absent is none */
  readonly restart?: Restart;
};

/** A run that is at work on a state: the process that does it, and what it is in the middle of. */
export type WorkingRun = {
  readonly pid: number;
  readonly command: string;
  readonly since: Instant;
  readonly installing: readonly { readonly component: ComponentId; readonly version: string; readonly sequence: number; readonly stage: Working }[];
};
