import type { CodeName } from './codes.ts';
import type { ContentType, Policy } from './policy.ts';

/** One check of `glued plugin check`. */
export type PlugInCheckResult = {
  /** stable, for programs: `silent-start` */
  readonly id: string;
  readonly title: string;
  readonly verdict: 'pass' | 'fail' | 'skipped';
  /** what was seen; empty where there is nothing to say */
  readonly found: string;
  /** what to mend; empty but where it failed */
  readonly fix: string;
  readonly ms: number;
};

/** What the conformance kit found out about one external plug-in. */
export type PlugInReport = {
  readonly path: string;
  /** what plugins.allow of a policy needs to say; null where hello failed */
  readonly allow: Policy['plugins']['allow'][number] | null;
  readonly plugIn: {
    readonly id: string;
    readonly version: string;
    readonly contentTypes: readonly ContentType[];
    readonly swap: 'files' | 'own';
    readonly methods: readonly string[];
  } | null;
  readonly checks: readonly PlugInCheckResult[];
};

/** `glued.plugin-check/1` */
export type PlugInCheckDocument = PlugInReport & {
  readonly schema: 'glued.plugin-check/1';
  /** 0 it keeps the protocol, 3 it does not */
  readonly code: number;
  readonly codeName: CodeName;
};
