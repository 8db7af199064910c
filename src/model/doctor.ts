import type { CodeName } from './codes.ts';
import type { Timestamp } from './result.ts';

export type CheckVerdict = 'ok' | 'warn' | 'fail' | 'skipped';

/** One check of `doctor`, of one subject where it has several. */
export type CheckResult = {
  /** stable, for programs: `server-tls` */
  readonly id: string;
  readonly title: string;
  /** what it was about, where there are several: a server, a component, a path, a policy key */
  readonly subject: string | null;
  readonly verdict: CheckVerdict;
  /** one line: what was found, what is wrong, or why it was skipped */
  readonly text: string;
  /** what was seen, exactly */
  readonly evidence: readonly string[];
  /** what to do; empty where there is nothing to do */
  readonly remedy: string;
  /** where one is behind it */
  readonly policyKey?: string;
  /** the file that set policyKey */
  readonly source?: string;
  /** with `fail`: what a run would end with */
  readonly code?: number;
  readonly codeName?: CodeName;
  readonly ms: number;
};

/** `glued.doctor/1`: how this machine stands, check by check. */
export type DoctorDocument = {
  readonly schema: 'glued.doctor/1';
  readonly at: Timestamp;
  readonly agent: { readonly version: string; readonly runtime: string; readonly os: string; readonly arch: string };
  readonly stateDir: string;
  readonly policy: { readonly id: string | null; readonly version: number | null; readonly digest: string | null };
  readonly verdict: 'ok' | 'warn' | 'fail';
  /** 0, or the code of the first check that failed */
  readonly code: number;
  readonly codeName: CodeName;
  readonly counts: { readonly ok: number; readonly warn: number; readonly fail: number; readonly skipped: number };
  readonly checks: readonly CheckResult[];
};
