/** Bytes of a component's catalog at most: what a publisher writes and an agent reads. */
export const CATALOG_MAX_BYTES = 5_000_000;

/** Two clocks that are kept by the network differ by less: five minutes. A date within it is not in the future. */
export const CLOCK_TOLERANCE_MS = 300_000;
