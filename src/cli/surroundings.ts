import type { World } from '../engine/index.ts';
import type { Instant, Listener, LogLevel, Ports } from '../model/index.ts';

/** What main.ts hands to the command line: the ports, and what is made only when a command asks for it. */
export type Surroundings = Ports & {
  readonly agentVersion: string;
  readonly buildTime: Instant;
  /** aborted by SIGINT, SIGTERM or SIGHUP */
  readonly signal: AbortSignal;
  readonly signalName: () => string;
  /** plug-ins and network are loaded when the engine first asks for them */
  readonly world: () => World;
  /** for `repo serve` */
  readonly listener: Listener;
  readonly logTo: (path: string) => void;
  readonly logLevel: (level: LogLevel) => void;
};
