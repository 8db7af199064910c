/** What an external plug-in may take, in numbers. docs/plugin-protocol.md lists them; a test compares. */
export const LIMITS = {
  /** of the program's file */
  programBytes: 64 * 1024 * 1024,
  /** of one line on its stdout */
  lineBytes: 1024 * 1024,
  /** of all that it says on stdout in one run */
  outputBytes: 16 * 1024 * 1024,
  /** the end of its stderr that goes into a failure's detail */
  stderrBytes: 8 * 1024,
  /** messages between a call and its answer that are ignored */
  notifications: 1000,
  /** levels of lists and groups in a message */
  depth: 32,
  /** how often it is started in one run, having broken; a restore is always tried */
  starts: 5,
  /** between the end of its stdin and SIGTERM; SIGKILL comes a second later */
  graceMs: 2000,
  /** beyond the time that alive was given, until it is killed: an engine that is slow is the plug-in's to tell of */
  aliveGraceMs: 2000,
  /** resident memory of it and all that it starts, where policy does not say (verify.maxMemoryBytes) */
  memoryBytes: 4 * 1024 ** 3,
} as const;
