import type { Timestamp } from './result.ts';
import type { ContentType } from './policy.ts';

/** A registration as it was typed, nothing of it checked yet. */
export type RegistrationRequest = {
  readonly id: string;
  readonly name?: string;
  readonly type: string;
  readonly plugIn: string;
  readonly installPath: string;
  readonly channel?: string;
  /** `KEY=VALUE`, each */
  readonly settings: readonly string[];
};

/** One component in `glued.registry/1`. */
export type RegistryEntry = {
  readonly id: string;
  readonly name: string;
  readonly contentType: ContentType;
  readonly plugIn: string;
  readonly installPath: string;
  readonly channel: string | null;
  readonly settings: Readonly<Record<string, string>>;
  readonly installed: { readonly version: string; readonly sequence: number; readonly date: Timestamp } | null;
  readonly lastAttempt: Timestamp | null;
  readonly lastSuccess: Timestamp | null;
};

/** `glued.registry/1` of a registration; `file`: the plist that was written. */
export type RegistryAdded = { readonly schema: 'glued.registry/1'; readonly added: RegistryEntry; readonly file: string; readonly notes: readonly string[] };
/** `glued.registry/1` of a component that was forgotten. */
export type RegistryRemoved = { readonly schema: 'glued.registry/1'; readonly removed: { readonly id: string; readonly installPath: string }; readonly notes: readonly string[] };
/** `glued.registry/1` of all that is registered; `problems`: plists that cannot be used. */
export type RegistryListed = {
  readonly schema: 'glued.registry/1';
  readonly components: readonly RegistryEntry[];
  readonly problems: readonly { readonly id: string; readonly text: string; readonly remedy: string }[];
  readonly notes: readonly string[];
};
export type RegistryChange = RegistryAdded | RegistryRemoved;
