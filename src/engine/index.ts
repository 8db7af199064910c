/**
 * engine: the GLUE cycle. In: what was asked (RunOptions) and the world (ports, plug-ins, the way to the servers). Out: one
 * RunDocument, always; installed content that was proven, or what was there before, whole. It never renders, and never decides what
 * the planner decides.
 */
export { runCycle } from './cycle.ts';
export type { Explanation } from './explain.ts';
export { explainRun, pollProbation, recover, rollback } from './on-demand.ts';
export { SCHEDULED, whenNext } from './next.ts';
export { runDocument } from './result.ts';
export { Ledger } from './ledger.ts';
export { isWorking, MAX_ROUNDS, NEXT } from './machine.ts';
export { isStuck, STAGE_LIMITS } from './watchdog.ts';
export type { Network, ProgressEvent, RunOptions, World } from './world.ts';
