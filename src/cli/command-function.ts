import type { ExitCode, Failure, Outcome } from '../model/index.ts';
import type { Invocation } from './invocation.ts';
import type { Surroundings } from './surroundings.ts';

/** What a command may ask for besides its own words. */
export type CommandContext = { readonly around: Surroundings; readonly stateDir: string };

/**
 * How a command is carried out. `log` kept: it writes the log file. `signals` observed: it ends by itself, in order, when the
 * signal is aborted; one that is not is left where it stands, with 130.
 */
export type CommandFunction = {
  readonly log: 'kept' | 'none';
  readonly signals: 'observed' | 'left';
  /** the exit code where the command told its end itself; a failure that is still to be told */
  readonly run: (invocation: Invocation, context: CommandContext) => Promise<ExitCode | Outcome<ExitCode, Failure>>;
};
