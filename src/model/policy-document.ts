import type { CodeName, ExitCode } from './codes.ts';
import type { LoadedPolicy, Origin } from './policy.ts';
import type { ResultError } from './result.ts';

/** One thing that is wrong with a policy: where, what was found and what may stand there. */
export type PolicyProblem = { readonly file: string; readonly line?: number; readonly key: string; readonly found: string; readonly allowed: string };

/** `glued.policy/1`: a policy as it is in force, or what is wrong with it. Of one that was refused there are only problems and errors. */
export type PolicyDocument = Pick<LoadedPolicy, 'sources' | 'ignoredKeys' | 'skipped'> & {
  readonly schema: 'glued.policy/1';
  readonly code: ExitCode;
  readonly codeName: CodeName;
  /** the effective policy without secrets, as a policy file would hold it */
  readonly policy: unknown;
  readonly digest: string | null;
  /** with `--origin`: where each value comes from */
  readonly origins?: readonly Origin[];
  readonly problems: readonly PolicyProblem[];
  readonly errors: readonly ResultError[];
};
