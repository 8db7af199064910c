import { type RunOptions, runCycle, type World } from '../engine/index.ts';
import { type ExitCode, exitOf, type RunDocument } from '../model/index.ts';
import { jsonText, printable, renderRun } from '../report/index.ts';
import { progressLine } from './progress.ts';

export type RunFlags = { readonly output: 'text' | 'json' | 'quiet' };

/** `glued run`: one run of the cycle, its document on stdout (`--json`), or a text worth reading, or nothing (`--quiet`). */
export async function run(world: World, options: RunOptions, flags: RunFlags): Promise<ExitCode> {
  const progress = flags.output === 'text' ? progressLine(world.ports.terminal, world.ports.clock) : undefined;
  const document = await runCycle(world, progress === undefined ? options : { ...options, progress: progress.show });
  progress?.clear();
  return printRun(world, document, flags);
}

/** Prints a run's document as asked; its code is the exit code. */
export function printRun(world: Pick<World, 'ports'>, document: RunDocument, flags: RunFlags): ExitCode {
  const { terminal } = world.ports;
  switch (flags.output) {
    case 'json':
      terminal.out(jsonText(document));
      break;
    case 'text':
      terminal.out(renderRun(document, terminal));
      break;
    case 'quiet':
      for (const error of document.errors) terminal.err(`glued: ${error.component === undefined ? '' : `${error.component}: `}${printable(error.text)}\n`);
      break;
  }
  return exitOf(document.codeName);
}
