/**
 * platform: the ports' real implementations, on Node and Deno: files, clock, randomness, the operating system, child processes,
 * sockets, SQLite, the log, the terminal, signals. The only place that touches any of them. It decides nothing, and every error
 * of the system comes out as a value of the port's own kinds.
 */
export { createListener } from './listen.ts';
export { createLocalHttp } from './local-http.ts';
export { nameProcess } from './process-name.ts';
export { releaseMemory } from './release-memory.ts';
export { createBecome } from './become.ts';
export { createPorts, type Platform, type PortOptions } from './ports.ts';
export { createProbe } from './probe.ts';
export { onSignals, type Signals } from './signals.ts';
