import { attempt } from './io.ts';
import { isSelfContained } from './self-contained.ts';

/** Puts a program in the place of this process, with its number, its streams, its environment and its arguments. Gives why it could not. */
export type Become = (program: string) => string;

/**
 * execve(2), for the self-contained executable: whatever lies at its path is what runs afterwards. Undefined for a script, which its runtime was
 * started with, and where there is no such call (Windows).
 */
export function createBecome(): Become | undefined {
  if (!isSelfContained() || process.platform === 'win32' || typeof process.execve !== 'function') return undefined;
  return (program) => {
    const done = attempt('execve', program, () => process.execve?.(program, [program, ...process.argv.slice(2)], { ...process.env }));
    return done.ok ? 'it came back' : done.failure.detail;
  };
}
