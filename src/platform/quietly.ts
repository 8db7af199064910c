import { attempt } from './io.ts';

/** What work says; where the system or a runtime's permissions refuse it, the answer that stops nothing. */
export function quietly<T>(otherwise: T, work: () => T): T {
  const asked = attempt('ask', 'os', work);
  return asked.ok ? asked.value : otherwise;
}

/** The first group of a pattern in what a small program prints; undefined where it does not print that, or cannot be run. */
export function fromChild(program: string, argv: readonly string[], pattern: RegExp): string | undefined {
  return quietly(undefined, () => {
    const child = process.getBuiltinModule('node:child_process').spawnSync(program, [...argv], { encoding: 'utf8', timeout: 5000 });
    return pattern.exec(child.stdout ?? '')?.[1];
  });
}
