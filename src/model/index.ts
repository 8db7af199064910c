/**
 * model: the leaf. Types of everything that passes between rooms, the tables of codes and failures, ids, and the ports' types.
 * It imports nothing and touches nothing.
 */
export * from './codes.ts';
export * from './component.ts';
export * from './control.ts';
export * from './connection-errors.ts';
export * from './console.ts';
export * from './doctor.ts';
export * from './failure.ts';
export * from './http.ts';
export * from './ids.ts';
export * from './journal.ts';
export * from './limits.ts';
export * from './outcome.ts';
export * from './package.ts';
export * from './plan.ts';
export * from './plugin-check.ts';
export * from './plugin.ts';
export * from './policy-document.ts';
export * from './policy.ts';
export * from './ports.ts';
export * from './probation.ts';
export * from './probe.ts';
export * from './reasons.ts';
export * from './registry.ts';
export * from './release.ts';
export * from './repo.ts';
export * from './restart.ts';
export * from './result.ts';
export * from './schedule.ts';
export * from './service.ts';
export * from './slots.ts';
export * from './stores.ts';
export * from './trace.ts';
export * from './versions.ts';
