import { CATALOG_MAX_BYTES } from '../model/limits.ts';

/** What metadata may cost at most, whoever sends it (TUF 5.3.3, 5.4.1, 5.5.1, 5.6.1). Sizes are bytes. */
export const MAX_BYTES = {
  root: 512_000,
  timestamp: 16_384,
  snapshot: 2_000_000,
  targets: 5_000_000,
  catalog: CATALOG_MAX_BYTES,
} as const;

/** Roots that one run walks forward; the next run goes on from there. */
export const MAX_ROTATIONS = 256;

/** Delegated roles visited for one target. */
export const MAX_DELEGATIONS = 32;

/** How far a server's Date may be from this machine's clock: one day. */
export const MAX_CLOCK_SKEW_MS = 86_400_000;

/**
 * For one document, from the request to its last byte: the largest, of 5 MB, needs 42 KB a second then. The least rate alone would let a
 * trickle hold a run for an hour and a half. Time in which we hold it back ourselves (download.maxBytesPerSecond) does not count.
 */
export const MAX_DOCUMENT_MS = 120_000;
