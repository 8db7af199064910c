/** Waits for a condition; a test that never meets it is ended by the runner. */
export async function until(there: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await there())) await new Promise((done) => setTimeout(done, 25));
}
