import type { ServiceDocument, ServiceFileState, ServiceReadiness } from '../model/index.ts';

const ABSENT: ReadonlySet<ServiceFileState> = new Set(['missing', 'removed']);
const UNFIT: ReadonlySet<ServiceFileState> = new Set(['missing', 'removed', 'differs']);

/**
 * Will this machine start glued by itself? `waiting`: the units that run while there is nothing to do. A file that somebody changed by hand is
 * theirs to judge; whether the manager takes it shows in its units.
 */
export function readinessOf({ files, units, managerRuns }: Pick<ServiceDocument, 'files' | 'units' | 'managerRuns'>, waiting: readonly string[]): ServiceReadiness {
  if (files.every(({ state }) => ABSENT.has(state))) return 'not-installed';
  if (files.some(({ state }) => UNFIT.has(state))) return 'incomplete';
  if (!managerRuns) return 'not-asked';
  if (units.some(({ installed, enabled }) => !installed || enabled === false)) return 'incomplete';
  return units.some(({ name, active }) => active === false && waiting.includes(name)) ? 'stopped' : 'ready';
}
