import { type ChangeRegistry, daemon as stay } from '../daemon/index.ts';
import type { ExitCode, Failure, Outcome } from '../model/index.ts';
import type { CommandContext } from './command-function.ts';
import type { Invocation } from './invocation.ts';
import { controlSocket } from './places.ts';
import { runOptions } from './run-options.ts';

/** `glued daemon`: stays until SIGTERM, or until `--idle-exit` has passed with nothing to do. */
export async function daemon(invocation: Invocation, context: CommandContext): Promise<Outcome<ExitCode, Failure>> {
  const { around, stateDir } = context;
  const { local, signal, signalName, onHangup, releaseMemory } = around;
  const become = around.become();
  const { policyPath, trustCheck } = runOptions(invocation, context);
  const place = { stateDir, trustCheck, ...(policyPath === undefined ? {} : { policyPath }) };
  // loaded when it is first asked for: most daemons never are
  const changeRegistry: ChangeRegistry = async (ask, stop) => (await import('./registry-change.ts')).registryChanger(around, place)(ask, stop);
  return stay(
    { world: await around.stayingWorld(), changeRegistry, local, signal, signalName, onHangup, releaseMemory, ...(become === undefined ? {} : { become }) },
    {
      place,
      socket: controlSocket(around.os, stateDir),
      idleExitMs: invocation.duration('idle-exit') ?? null,
    },
  );
}
