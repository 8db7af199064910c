/** The numbers at the start of a version: `1.4.3+dfsg` gives [1, 4, 3]; undefined where it starts with none. */
function numbers(version: string): readonly number[] | undefined {
  const match = /^v?(\d{1,15}(?:\.\d{1,15})*)/.exec(version.trim());
  return match?.[1]?.split('.').map(Number);
}

/** Compares dotted numbers (`1.10` is newer than `1.9`, `1.4` is `1.4.0`): below 0, 0, above 0; undefined where one has no number. */
export function compareVersions(a: string, b: string): number | undefined {
  const left = numbers(a);
  const right = numbers(b);
  if (left === undefined || right === undefined) return undefined;
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export type VersionRange = { readonly min?: string; readonly max?: string };

/** `1.0 to 1.4`, `1.0 or newer`, `1.4 or older`, `any version`. */
export function rangeText({ min, max }: VersionRange): string {
  if (min !== undefined && max !== undefined) return `${min} to ${max}`;
  if (min !== undefined) return `${min} or newer`;
  return max === undefined ? 'any version' : `${max} or older`;
}

/** Both ends count as within. A version that cannot be compared is outside. */
export function isWithin(version: string, { min, max }: VersionRange): boolean {
  const above = min === undefined ? 0 : compareVersions(version, min);
  const below = max === undefined ? 0 : compareVersions(version, max);
  return above !== undefined && below !== undefined && above >= 0 && below <= 0;
}

/** Is an agent of this version older than the trusted targets allow (`floor`)? One that states no version that can be compared is. */
export const isBelowFloor = (floor: string | null, version: string): boolean => floor !== null && !isWithin(version, { min: floor });
