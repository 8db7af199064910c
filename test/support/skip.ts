import type { Test } from 'uvu';

/**
 * Registers a test that cannot be done here, and says why. The runner takes one `SKIP:` line for one test that did nothing: it is
 * counted as skipped and never as passed. Inside a running test, `saySkipped` does the same for it.
 */
export function skip<T>(test: Test<T>, name: string, reason: string): void {
  test(name, () => saySkipped(`${name}: ${reason}`));
}

/** Says that the test which runs now cannot be done here; it must return at once. Once a test. */
export function saySkipped(reason: string): void {
  console.log(`\nSKIP: ${reason}`);
}
