/**
 * daemon: the agent that stays. In: the world of the engine, a place for its control socket, signals. Out: one command after another,
 * asked for on the socket or due by schedule, each carried out by the engine until nothing is left of it. It also speaks for whoever asks it
 * (`askDaemon`). It never decides what a run decides, and holds the run lock only while a command runs.
 */
export type { Ask } from './ask.ts';
export { type Asked, askDaemon, type Asking } from './client.ts';
export { daemon, type DaemonOptions, type DaemonWorld } from './daemon.ts';
