import type { ComponentId, Instant, Sha256 } from './ids.ts';
import type { ContentType } from './policy.ts';

/** What a component holds: a release that was proven, on disk. */
export type Installed = {
  readonly version: string;
  readonly sequence: number;
  /** the release's date, from signed metadata */
  readonly date: Instant;
  /** the package that it came from */
  readonly sha256: Sha256;
};

/** A registered product's component (a plist in ActiveRegistry or NewRegistry). */
export type Component = {
  readonly id: ComponentId;
  readonly name: string;
  readonly contentType: ContentType;
  readonly plugIn: string;
  readonly installPath: string;
  readonly channel?: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly installed: Installed | null;
  readonly previous: Installed | null;
  readonly lastAttempt?: Instant;
  readonly lastSuccess?: Instant;
};

/** Does its age say anything? Security content grows stale; a program does not. */
export const growsStale = ({ contentType }: Pick<Component, 'contentType'>): boolean => contentType !== 'agent';
