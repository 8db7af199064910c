import { recover as recoverNow, type RunOptions, type World } from '../engine/index.ts';
import { type ExitCode, exitOf, type RunDocument } from '../model/index.ts';
import { printRun, type RunFlags } from './run.ts';

/** `glued recover`: before the engines start, what was interrupted is made whole and what never proved itself is taken back. */
export async function recover(world: World, options: RunOptions, flags: RunFlags): Promise<ExitCode> {
  const document = await recoverNow(world, options);
  if (flags.output !== 'text' || !isEmpty(document)) return printRun(world, document, flags);
  world.ports.terminal.out('Nothing was interrupted, and nothing is on probation.\n');
  return exitOf(document.codeName);
}

const isEmpty = ({ components, errors, notes }: RunDocument): boolean => components.length + errors.length + notes.length === 0;
