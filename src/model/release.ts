import type { ComponentId, Instant, Sha256 } from './ids.ts';

export const RESTARTS = ['none', 'logout', 'reboot'] as const;
export type Restart = (typeof RESTARTS)[number];
export const SEVERITIES = ['none', 'low', 'moderate', 'important', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Systems and processors by the names that agents have for themselves (`conditions`). */
export const OS_NAMES = ['linux', 'darwin', 'win32'] as const;
export const ARCH_NAMES = ['x64', 'arm64'] as const;

/** Bytes named by their content. `tar+zstd`: a deterministic tar (formats/package) in one zstd frame. */
export type Package = {
  readonly sha256: Sha256;
  /** bytes on the wire */
  readonly size: number;
  /** bytes of the tar, the limit while unpacking */
  readonly unpackedSize: number;
  /** of the tar: what a delta's base and its outcome are held to; without it no delta is used */
  readonly unpackedSha256?: Sha256;
  readonly format: 'tar+zstd';
};

/** From the content of `fromSequence` to this release's: `zstd` from tar to tar, a vendor's own as its plug-in knows. */
export type Delta = { readonly fromSequence: number; readonly sha256: Sha256; readonly size: number; readonly algorithm: string; readonly outcome?: DeltaOutcome };

/**
 * What the outcome of a vendor's delta is held to, which is not the package byte for byte. `sha256`: as the algorithm's plug-in counts
 * it (cdiff: formats/cvd-outcome). `size`: bytes of what the delta changes, unpacked. Without it the delta is not used.
 */
export type DeltaOutcome = { readonly sha256: Sha256; readonly size: number };

export type Conditions = {
  readonly os?: readonly string[];
  readonly arch?: readonly string[];
  readonly minAgent?: string;
  readonly minFreeBytes?: number;
  readonly engine?: { readonly min?: string; readonly max?: string };
  readonly plugin?: string;
};

/** One release of a component, newest first in its catalog (DESIGN, Content repository). */
export type Release = {
  readonly component: ComponentId;
  readonly sequence: number;
  readonly version: string;
  readonly date: Instant;
  readonly channel: string;
  readonly severity: Severity;
  readonly forced: boolean;
  readonly optional: boolean;
  readonly restart: Restart;
  readonly notesUrl?: string;
  readonly requires: readonly { readonly component: ComponentId; readonly minSequence: number }[];
  readonly conditions: Conditions;
  readonly rollout?: { readonly percent: number; readonly from?: Instant; readonly salt: string };
  readonly paused: boolean;
  readonly license?: string;
  readonly package: Package;
  readonly deltas: readonly Delta[];
};

export type Revocation = {
  readonly sequence: number;
  readonly sha256?: Sha256;
  readonly reason: string;
  readonly safeSequence?: number;
};

/** What a revocation speaks of: a number, and the bytes of a package. */
type Revocable = { readonly sequence: number; readonly sha256: string };

/** The revocations of a release, by its number first, then by its bytes, so that publishing them again evades none. */
export function revocationsOf(revoked: readonly Revocation[], { sequence, sha256 }: Revocable): readonly Revocation[] {
  return [...revoked.filter((r) => r.sequence === sequence), ...revoked.filter((r) => r.sequence !== sequence && r.sha256 === sha256)];
}

/** A verified catalog: what the publisher offers for one component. */
export type Catalog = {
  readonly component: ComponentId;
  readonly releases: readonly Release[];
  readonly revoked: readonly Revocation[];
};
