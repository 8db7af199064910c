/** Bytes of a component's catalog at most: what a publisher writes and an agent reads. */
export const CATALOG_MAX_BYTES = 5_000_000;

/** Two clocks that are kept by the network differ by less: five minutes. A date within it is not in the future. */
export const CLOCK_TOLERANCE_MS = 300_000;

/** Old and new tar together, at most, where a delta is made or used: 256 MiB. Memory on both sides follows from it. */
export const DELTA_MAX_BYTES = 256 * 1024 * 1024;

/** A vendor's delta, at most, where one is used: 32 MiB. It is read whole. */
export const VENDOR_DELTA_MAX_BYTES = 32 * 1024 * 1024;

/** What a vendor's delta changes, unpacked, at most, where one is used: 4 GiB. */
export const VENDOR_OUTCOME_MAX_BYTES = 4 * 1024 ** 3;

/** What a server must give at least, over half a minute; a slower one is left for the next (DESIGN, Network). */
export const MIN_BYTES_PER_SECOND = 1024;
