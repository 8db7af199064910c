/**
 * doctor: everything that a run rests on, looked at: policy, state, disk, registry, engines, trust, and each hop to each server. In: the
 * world and where policy and state are. Out: one `glued.doctor/1`, always. It takes no lock, asks nothing of anybody that a run would not
 * ask, and changes nothing.
 */
export { CHECKS, type CheckNote } from './checks.ts';
export { examine, TOTAL_MS } from './doctor.ts';
export type { DoctorHop, DoctorNetwork, DoctorOptions, DoctorWorld } from './scene.ts';
