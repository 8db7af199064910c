import type { RunOptions } from '../engine/index.ts';
import type { Invocation } from './invocation.ts';
import type { CommandContext } from './command-function.ts';

/** The engine's options from the command line; a command without `--force` or `--dry-run` simply never has them. */
export function runOptions(invocation: Invocation, { around, stateDir }: CommandContext): RunOptions {
  const policyPath = invocation.text('policy');
  return {
    stateDir,
    ...(policyPath === undefined ? {} : { policyPath }),
    trustCheck: trustCheck(invocation),
    trigger: 'command',
    contentTypes: invocation.list('content'),
    components: invocation.list('component'),
    force: invocation.flag('force') ? 'yes' : 'no',
    mode: invocation.flag('dry-run') ? 'dry-run' : 'run',
    input: invocation.flag('no-input') ? 'no-input' : 'ask',
    signal: around.signal,
    signalName: around.signalName,
  };
}

/** `--insecure-policy` lifts the check of who may write the policy. */
export function trustCheck(invocation: Invocation): 'enforce' | 'insecure' {
  return invocation.flag('insecure-policy') ? 'insecure' : 'enforce';
}

/** How a run's document is shown. */
export function runOutput(invocation: Invocation): { readonly output: 'text' | 'json' | 'quiet' } {
  return { output: invocation.flag('json') ? 'json' : invocation.flag('quiet') ? 'quiet' : 'text' };
}
