import type { Job, Ports } from '../../../model/index.ts';
import type { Ask, startAgent } from './start.ts';

export type AgentPorts = Pick<Ports, 'files' | 'proc' | 'sql' | 'os' | 'clock'>;

/** A new agent on trial: calls it within what is left of the time that policy gives the test. */
export type Trial = {
  readonly ports: AgentPorts;
  readonly job: Job;
  readonly program: string;
  /** an empty folder of this trial's own */
  readonly folder: string;
  readonly leftMs: () => number;
  readonly call: (ask: Omit<Ask, 'timeoutMs'>) => ReturnType<typeof startAgent>;
};
