import type { Failure, Instant, Outcome, RunDocument } from '../model/index.ts';
import type { Explanation } from './explain.ts';
import type { Polled } from './poll-probation.ts';
import type { RunOptions, World } from './world.ts';

/** What a run that finds nothing to do never calls: each is loaded when it is. */

export async function explainRun(world: World, options: RunOptions, at?: Instant): Promise<Outcome<Explanation, Failure>> {
  return (await import('./explain.ts')).explainRun(world, options, at);
}

export async function recover(world: World, options: RunOptions): Promise<RunDocument> {
  return (await import('./recover.ts')).recover(world, options);
}

export async function rollback(world: World, id: string, options: RunOptions): Promise<RunDocument> {
  return (await import('./rollback.ts')).rollback(world, id, options);
}

export async function pollProbation(world: World, options: RunOptions): Promise<Polled> {
  return (await import('./poll-probation.ts')).pollProbation(world, options);
}
