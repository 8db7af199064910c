import { rollback as rollBack, type RunOptions, type World } from '../engine/index.ts';
import type { ExitCode } from '../model/index.ts';
import { printRun, type RunFlags } from './run.ts';

/** `glued rollback ID`: the component's previous content, without any server. */
export async function rollback(world: World, id: string, options: RunOptions, flags: RunFlags): Promise<ExitCode> {
  return printRun(world, await rollBack(world, id, options), flags);
}
