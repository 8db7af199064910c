/**
 * daemon: the agent that stays. In: the world of the engine, what changes the registry, a place for its control socket, signals. Out: one
 * command after another, asked for on the socket or due by schedule, each carried out until nothing is left of it. It also speaks for whoever
 * asks it (`askForCycle`, `askForRegistry`). It never decides what a run decides, and holds the run lock only while a command runs.
 */
export type { Ask, CycleAsk, RegistryAsk } from './ask.ts';
export type { ChangeRegistry, RegistryEnding } from './carry-out.ts';
export { type Asked, type Asking, askForCycle, askForRegistry } from './client.ts';
export { daemon, type DaemonOptions, type DaemonWorld } from './daemon.ts';
