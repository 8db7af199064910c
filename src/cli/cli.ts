import { type ExitCode, exitOf, failure } from '../model/index.ts';
import { functionOf } from './dispatch.ts';
import { endWith, tellingOf } from './ending.ts';
import type { Invocation } from './invocation.ts';
import { defaultStateDir, logFile } from './places.ts';
import { resolveArgv } from './resolve.ts';
import type { Surroundings } from './surroundings.ts';

/** Carries out one command line and gives its exit code. A bug throws: main.ts has the last catch. */
export async function cli(argv: readonly string[], around: Surroundings): Promise<ExitCode> {
  const request = await resolveArgv(argv, around.os.cwd);
  if (!request.ok) return endWith(request.failure, tellingOf(argv), around);
  switch (request.value.kind) {
    case 'version':
      around.terminal.out(`glued ${around.agentVersion}\n`);
      return exitOf('ok');
    case 'help':
      around.terminal.out(request.value.text);
      return exitOf('ok');
    case 'command':
      return command(argv, request.value.invocation, around);
  }
}

async function command(argv: readonly string[], invocation: Invocation, around: Surroundings): Promise<ExitCode> {
  const found = functionOf(invocation.command.path);
  if (found === undefined) throw new Error(`no function for ${invocation.command.path}`);
  const stateDir = invocation.text('state') ?? defaultStateDir(around.os);
  const level = LEVELS.find((l) => l === invocation.text('log-level'));
  if (level !== undefined) around.logLevel(level);
  if (found.log === 'kept') around.logTo(logFile(around.os, stateDir));
  const done = found.run(invocation, { around, stateDir }).then(async (end) => {
    if (typeof end !== 'number' && !end.ok) return endWith(end.failure, tellingOf(argv), around);
    const mayHaveSigned = invocation.command.options.some(({ name }) => name === 'keys');
    if (mayHaveSigned) (await import('./key-warnings.ts')).warnOfKeys(invocation, around);
    return typeof end === 'number' ? end : end.value;
  });
  if (found.signals === 'observed') return done;
  return Promise.race([done, interrupted(around).then(() => endWith(failure('command-interrupted', { signal: around.signalName() }), tellingOf(argv), around))]);
}

const LEVELS = ['error', 'warn', 'info', 'debug'] as const;

function interrupted(around: Surroundings): Promise<void> {
  return new Promise((resolve) => {
    if (around.signal.aborted) resolve();
    else around.signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
