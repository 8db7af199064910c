import type { CodeName, ExitCode } from './codes.ts';
import type { ComponentId } from './ids.ts';
import type { Delta, Package } from './release.ts';
import type { Timestamp } from './result.ts';

/** What each `glued repo` command prints with `--json`. */

/** A release as it is named beside others. */
export type ReleaseBrief = { readonly sequence: number; readonly version: string; readonly channel: string };
/** Whether the command changed anything, or was asked for what was so already. */
export type ChangeMade = 'made' | 'none';

export type RepoInitDocument = { readonly schema: 'glued.repo-init/1'; readonly dir: string; readonly keys: string; readonly rootFile: string; readonly keyFiles: readonly string[] };
export type RepoAddDocument = { readonly schema: 'glued.repo-add/1'; readonly id: string; readonly keyFile: string };
export type RepoFloorDocument = { readonly schema: 'glued.repo-floor/1'; readonly version: string; readonly before: string | null };
export type RepoRefreshDocument = { readonly schema: 'glued.repo-refresh/1'; readonly timestampVersion: number };

/** A delta that was made; `percent` of the package's size, to one decimal. */
export type MadeDelta = Delta & { readonly percent: number };

export type RepoPublishDocument = ReleaseBrief & {
  readonly schema: 'glued.repo-publish/1';
  readonly id: string;
  readonly date: Timestamp;
  readonly package: Package;
  readonly deltas: readonly MadeDelta[];
  readonly deltasSkipped: readonly { readonly fromSequence: number; readonly reason: string }[];
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
};

export type RepoPauseDocument = ReleaseBrief & {
  readonly schema: 'glued.repo-pause/1';
  readonly id: string;
  readonly paused: boolean;
  /** the release that its channel offers besides */
  readonly instead: number | null;
  readonly change: ChangeMade;
  readonly warnings: readonly string[];
};

export type RepoRevokeDocument = ReleaseBrief & {
  readonly schema: 'glued.repo-revoke/1';
  readonly id: string;
  readonly sha256: string;
  readonly reason: string;
  readonly change: ChangeMade;
  readonly safe: ReleaseBrief | null;
  readonly newest: ReleaseBrief | null;
  readonly alsoRevoked: readonly ReleaseBrief[];
  readonly warnings: readonly string[];
};

/** Until when a role's signatures hold, and whether this command made them. */
export type RepoRoleEnd = { readonly role: string; readonly version: number; readonly expires: Timestamp; readonly change: ChangeMade };

/** What became of a role's keys. */
export type ReplacedKeys = {
  readonly role: string;
  /** paths of the new private keys, in the order of `keyids` */
  readonly files: readonly string[];
  readonly keyids: readonly string[];
  /** paths of old private keys, under their new names */
  readonly retired: readonly string[];
  /** ids of old keys that are in none of the folders, or could not be put aside */
  readonly elsewhere: readonly string[];
};

export type RepoRenewDocument = { readonly schema: 'glued.repo-renew/1'; readonly roles: readonly RepoRoleEnd[]; readonly warnings: readonly string[] };
export type RepoRotateDocument = {
  readonly schema: 'glued.repo-rotate/1';
  readonly keys: readonly ReplacedKeys[];
  /** roles whose old keys were not there, so that a root that trusts old and new was published first */
  readonly bridged: readonly string[];
  readonly roles: readonly RepoRoleEnd[];
  readonly warnings: readonly string[];
};

/** How many files, and how much. */
export type UnusedFiles = { readonly files: number; readonly bytes: number };

export type RepoPruneDocument = {
  readonly schema: 'glued.repo-prune/1';
  /** true: nothing was done, this is what would be */
  readonly dryRun?: boolean;
  readonly components: readonly { readonly id: string; readonly kept: number; readonly removed: readonly number[] }[];
  readonly removed: UnusedFiles;
  /** what nothing names any more, kept for whoever may still read it; `next`: when the first of it may go */
  readonly waiting: UnusedFiles & { readonly next: Timestamp | null };
  readonly warnings: readonly string[];
};

/** A problem or a warning of `repo check`. */
export type RepoFinding = { readonly code: ExitCode; readonly codeName: CodeName; readonly text: string; readonly remedy: string };

/** How much `repo check` read. */
export type RepoCounts = { readonly metadata: number; readonly components: number; readonly releases: number; readonly packages: number; readonly deltas: number; readonly bytes: number };

/** A release that is revoked; `version` null where the catalog does not list it. */
export type RevokedHere = { readonly id: ComponentId; readonly sequence: number; readonly version: string | null; readonly reason: string; readonly safeSequence: number | null };
/** A release that is paused, and not revoked besides. */
export type PausedHere = { readonly id: ComponentId; readonly sequence: number; readonly version: string };

export type RepoCheckDocument = {
  readonly schema: 'glued.repo-check/1';
  readonly dir: string;
  /** until when each role that is rightly signed may be believed, the first to end first */
  readonly expires: readonly { readonly role: string; readonly at: Timestamp }[];
  readonly counts: RepoCounts;
  readonly revoked: readonly RevokedHere[];
  readonly paused: readonly PausedHere[];
  readonly problems: readonly RepoFinding[];
  readonly warnings: readonly RepoFinding[];
};

export type RepoDocument =
  | RepoInitDocument
  | RepoAddDocument
  | RepoPublishDocument
  | RepoRevokeDocument
  | RepoPauseDocument
  | RepoFloorDocument
  | RepoRefreshDocument
  | RepoRenewDocument
  | RepoRotateDocument
  | RepoPruneDocument
  | RepoCheckDocument;
