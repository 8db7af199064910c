/** schedule: when the next scheduled run is due, and whether windows let runs act. In: policy and facts, with `now`. Out: moments and why. */
export { nextFrom, nextRun } from './next-run.ts';
export { probationEnd } from './probation-end.ts';
export { remember } from './remember.ts';
export { windowAt } from './window.ts';
