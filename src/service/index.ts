/**
 * service: what starts glued on a machine where nobody is logged in. In: the program that runs, the registry and the policy, as facts. Out:
 * the files of this system's service manager (systemd, launchd, Task Scheduler), written or removed, and one `glued.service/1`. It never
 * runs a cycle, touches no content, and overwrites nothing that somebody else changed.
 */
export { PACKAGED, previousOf, SERVICE_DEFAULTS, type ServiceFacts } from './facts.ts';
export type { ServiceOptions } from './gather.ts';
export type { ServicePorts } from './manager.ts';
export { coverageNote, installService, removeService, serviceStatus } from './service.ts';
export { ENABLED_UNITS, RUNNING_UNITS, unit, UNIT_NAMES } from './systemd/units.ts';
