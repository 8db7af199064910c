import type { DoctorWorld } from '../doctor/index.ts';
import type { World } from '../engine/index.ts';
import type { Instant, Listener, LocalHttp, LogLevel, Ports, Probe } from '../model/index.ts';
import type { Trace } from '../net/index.ts';

/** What main.ts hands to the command line: the ports, and what is made only when a command asks for it. */
export type Surroundings = Ports & {
  readonly agentVersion: string;
  readonly buildTime: Instant;
  /** aborted by SIGINT, SIGTERM or SIGHUP */
  readonly signal: AbortSignal;
  readonly signalName: () => string;
  /** for the daemon: what puts a program in this process's place, and gives why it failed; undefined where that cannot be */
  readonly become: () => ((program: string) => string) | undefined;
  /** gives back memory that is not needed while nothing is done */
  readonly releaseMemory: () => void;
  /** from here on SIGHUP calls this, and ends nothing */
  readonly onHangup: (listener: () => void) => void;
  /** plug-ins and network are loaded when the engine first asks for them */
  readonly world: (trace?: Trace) => World;
  /** the same for a process that stays: what a run opened is there for the next one */
  readonly stayingWorld: () => Promise<World>;
  /** for `doctor`: the way to the servers, with the proxy of each */
  readonly doctorNetwork: DoctorWorld['network'];
  readonly probe: Probe;
  /** for `repo serve` */
  readonly listener: Listener;
  /** for the daemon, and for whoever talks to it */
  readonly local: LocalHttp;
  readonly logTo: (path: string) => void;
  readonly logLevel: (level: LogLevel) => void;
};
