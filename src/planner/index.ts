/**
 * planner: decides. In goes everything that a decision rests on (PlanInput: policy, what is installed, what is offered, facts), out come a
 * decision for each component with every gate's verdict, and what this round installs. It reads no clock, no disk and no network, and
 * changes nothing: the same input gives the same plan.
 */
export { rolloutBucket } from './bucket.ts';
export { deferralsOf } from './gates-consent.ts';
export { type GateRow, GATE_TABLE } from './gates.ts';
export { plan } from './plan.ts';
export { nextFrom, nextRun, probationEnd, remember, windowAt } from './schedule/index.ts';
export { isAsked, isEnabled, sources, wantsCatalog } from './settings.ts';
