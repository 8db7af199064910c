import type { Failure, Outcome } from '../../../model/index.ts';
import { failureText } from '../../../model/index.ts';
import type { Hello } from '../methods.ts';
import type { Trouble } from '../session.ts';
import type { Bench, Process } from './bench.ts';

/** What one check found. A check that cannot be made is skipped, and never passed. */
export type Verdict = { readonly kind: 'pass' | 'fail' | 'skipped'; readonly found: string };

/** One promise of the protocol. `fix` is what the author of a plug-in that fails it has to do. */
export type Check = {
  readonly id: string;
  readonly title: string;
  readonly fix: string;
  /** `hello`: what the plug-in said; checks that need it come after the one that asks */
  readonly run: (bench: Bench, hello: Hello) => Promise<Verdict>;
};

export const pass = (found = ''): Verdict => ({ kind: 'pass', found });
export const no = (found: string): Verdict => ({ kind: 'fail', found });
export const skipped = (found: string): Verdict => ({ kind: 'skipped', found });

/** Trouble as a phrase. */
export function troubleText(trouble: Trouble): string {
  switch (trouble.kind) {
    case 'said-no':
      return `it answered the error ${trouble.error.code}: ${trouble.error.message}`;
    case 'broke':
      return trouble.problem;
    case 'interrupted':
      return 'it was interrupted';
  }
}

/** Starts it, does the work, and sees it dead. */
export async function withProcess(bench: Bench, work: (process: Process) => Promise<Verdict>, env?: Readonly<Record<string, string>>): Promise<Verdict> {
  const started = await bench.start(env);
  if (!started.ok) return no(failureText(started.failure));
  try {
    return await work(started.value);
  } finally {
    await started.value.talk.end(1);
  }
}

/** The first of several steps that failed, as a phrase that names it. */
export async function firstFailure(steps: readonly (readonly [string, () => Promise<Outcome<unknown, Failure>>])[]): Promise<string | undefined> {
  for (const [name, step] of steps) {
    const done = await step();
    if (!done.ok) return `${name}: ${failureText(done.failure)}${done.failure.detail === undefined ? '' : ` (${done.failure.detail.slice(-300)})`}`;
  }
  return undefined;
}
