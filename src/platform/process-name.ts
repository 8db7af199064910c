import { writeFileSync } from 'node:fs';
import { quietly } from './quietly.ts';

/**
 * What `top`, `ps -C` and `killall` know this process by, where the system lets us say it: else that is the runtime's own "node-MainThread". The command line
 * stays as it was given; process.title would write over it. Deno wants a permission for it, and is called deno.
 */
export function nameProcess(name: string): void {
  if (process.platform !== 'linux' || process.versions['deno'] !== undefined) return;
  quietly(undefined, () => writeFileSync('/proc/self/comm', name));
}
