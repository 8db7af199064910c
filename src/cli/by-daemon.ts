import type { CycleAsk, RegistryAsk, RegistryEnding } from '../daemon/index.ts';
import type { RunOptions } from '../engine/index.ts';
import { CONTENT_TYPES, type ExitCode, type Failure, ok, type Outcome, type RunDocument } from '../model/index.ts';
import type { CommandContext } from './command-function.ts';
import { controlSocket } from './places.ts';
import { progressLine } from './progress.ts';
import { printRun, type RunFlags } from './run.ts';

/**
 * Has the daemon of this state do it, shows how it goes on, and prints its document. Undefined where it is to be done here: no daemon is
 * there that takes it, or it left a question open that the person at this terminal can answer.
 */
export async function byDaemon(context: CommandContext, ask: CycleAsk, options: RunOptions, flags: RunFlags): Promise<Outcome<ExitCode | undefined, Failure>> {
  const { around } = context;
  const asking = askingOf(context, options);
  if (asking === undefined) return ok(undefined);
  const { askForCycle } = await import('../daemon/index.ts');
  const progress = flags.output === 'text' ? progressLine(around.terminal, around.clock) : undefined;
  const asked = await askForCycle({ ...asking, ask, ...(progress === undefined ? {} : { progress: progress.show }) });
  progress?.clear();
  if (!asked.ok) return asked;
  if (asked.value.kind !== 'done') return ok(undefined);
  const { document } = asked.value;
  return ok(options.input === 'ask' && asksSomebody(document, context) ? undefined : printRun({ ports: around }, document, flags));
}

/** Has the daemon of this state change the registry, and gives its document. Undefined where it is to be done here: no daemon is there that takes it. */
export async function registryByDaemon(context: CommandContext, ask: RegistryAsk, place: AskedPlace): Promise<Outcome<RegistryEnding | undefined, Failure>> {
  const asking = askingOf(context, place);
  if (asking === undefined) return ok(undefined);
  const { askForRegistry } = await import('../daemon/index.ts');
  const asked = await askForRegistry({ ...asking, ask });
  if (!asked.ok) return asked;
  return ok(asked.value.kind === 'done' ? asked.value.document : undefined);
}

type AskedPlace = Pick<RunOptions, 'policyPath' | 'trustCheck'>;

/** Undefined where there is no socket. */
function askingOf({ around, stateDir }: CommandContext, place: AskedPlace) {
  const socket = controlSocket(around.os, stateDir);
  // a look at a file is cheap; a named pipe can only be asked
  if (around.os.platform !== 'win32' && !around.files.stat(socket).ok) return undefined;
  const { local, signal, signalName } = around;
  return { local, socket, place, signal, signalName };
}

/** An optional release waits for a word, and somebody is here to say it. */
function asksSomebody(document: RunDocument, { around }: CommandContext): boolean {
  const { stdinIsTerminal, stderrIsTerminal } = around.terminal;
  return stdinIsTerminal && stderrIsTerminal && document.components.some((c) => c.reason?.code === 'consent-needed');
}

/** What `glued run` asks for, in the daemon's words. */
export function runAsk({ contentTypes, components, force, mode }: RunOptions): CycleAsk {
  return { kind: 'run', contentTypes: CONTENT_TYPES.filter((t) => contentTypes.includes(t)), components, force, mode };
}
