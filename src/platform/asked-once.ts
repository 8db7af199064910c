/** Asks until there is an answer, and never again: for what stays the same as long as a process lives, and costs a file or a child to know. */
export function askedOnce<T>(ask: () => T | undefined): () => T | undefined {
  let known: T | undefined;
  return () => (known ??= ask());
}
