/** Finds the content server that an address is asked of: the longest base address that it begins with. Undefined for any other address. */
export function serverFinder(bases: readonly string[]): (url: string) => string | undefined {
  const longestFirst = [...bases].sort((a, b) => b.length - a.length);
  return (url) => longestFirst.find((base) => url.startsWith(base));
}
