import type { KeptState } from '../state/index.ts';
import type { AllowedPlugIns, Failure, Http, Instant, Outcome, PlugIn, Policy, Ports, RunPlace, ServerAccess } from '../model/index.ts';

/** What main.ts hands to the engine: the ports, and the parts of the agent that tests replace. */
export type World = {
  readonly ports: Ports;
  readonly agentVersion: string;
  /** what a process that stays keeps of the state between its runs */
  readonly kept?: KeptState;
  readonly buildTime: Instant;
  /** the built-in plug-ins, and those that are allowed */
  readonly plugIns: (allowed?: AllowedPlugIns, place?: RunPlace) => Promise<ReadonlyMap<string, PlugIn>>;
  /** opened only when a server is to be asked */
  readonly network: (policy: Policy) => Promise<Outcome<Network, Failure>>;
};

/** The way to the policy's servers. */
export type Network = { readonly http: Http; readonly servers: readonly ServerAccess[] };

/** What was asked on the command line, or by the daemon's queue. */
export type RunOptions = {
  readonly stateDir: string;
  readonly policyPath?: string;
  readonly trustCheck: 'enforce' | 'insecure';
  readonly trigger: string;
  readonly contentTypes: readonly string[];
  readonly components: readonly string[];
  readonly force: 'yes' | 'no';
  readonly mode: 'run' | 'dry-run';
  readonly input: 'ask' | 'no-input';
  readonly signal: AbortSignal;
  /** the signal's name, for the message */
  readonly signalName: () => string;
  readonly progress?: (event: ProgressEvent) => void;
};

export type ProgressEvent =
  | { readonly kind: 'stage'; readonly component: string; readonly stage: string }
  | { readonly kind: 'bytes'; readonly component: string; readonly done: number; readonly total: number };
