/**
 * Gives back to the system what the garbage collector would keep for the next work: for a process that is about to wait for hours. Costs some
 * milliseconds. Where the runtime has no such collector to call (Deno), it does nothing.
 */
export function releaseMemory(): void {
  try {
    process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc');
    const collect: unknown = process.getBuiltinModule('node:vm').runInNewContext('gc');
    if (typeof collect === 'function') collect();
  } catch {
    // it is a favour, and no runtime owes it
  }
}
