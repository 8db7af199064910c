/**
 * cli: the command line. In go argv and the surroundings that main.ts made, out come text or one JSON document, and the exit code. It
 * reads flags, calls one function of a room below and renders; it decides nothing. Every command is loaded when it is called.
 */
export { cli } from './cli.ts';
export { endWith, tellingOf } from './ending.ts';
export type { Surroundings } from './surroundings.ts';
