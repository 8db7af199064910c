import { basename, join } from 'node:path';
import { type Content, type Io, type Job, ok, type Ports } from '../../../model/index.ts';
import { linkTarget } from '../files/install-path.ts';
import { placeLink, seenAt } from '../../place.ts';
import { SERVED, servedOf } from '../../served.ts';

type Files = Ports['files'];
type Folder = Pick<Content, 'folder'>;

/**
 * What is made of a release by the filters lies in slots beside it, `served.DIGEST`, one for each set of filters. `served` is a link to the one
 * that counts, so that another takes its place by one rename; `.next` leads to the one that is tested, `.was` to the one before, until the end.
 */
const NEXT = `${SERVED}.next`;
const WAS = `${SERVED}.was`;
/** The release itself, as a slot. */
const AS_PUBLISHED = '.';

/** In a slot: what its filters' digest was. */
const DIGEST = 'filters';
const DIGEST_BYTES = 100;

/** Says in a slot by which filters it was made. */
export const keepDigest = (files: Files, slot: string, digest: string): Io<undefined> => files.replace(join(slot, DIGEST), Buffer.from(digest), 0o644);

/** The digest of the filters by which what is served of a content was made; empty where there were none. */
export function digestServed(files: Files, folder: string): string {
  const kept = files.read(join(folder, SERVED, DIGEST), DIGEST_BYTES);
  return kept.ok ? Buffer.from(kept.value).toString('latin1') : '';
}

/** Where the slot of filters is. */
export const slotOf = (folder: string, digest: string): string => join(folder, `${SERVED}.${digest.slice(0, 16)}`);

/** What will be installed of the content: what a test has staged, else what is served. */
export function stagedOf(files: Files, content: Folder): Folder {
  const next = join(content.folder, NEXT);
  return files.readLink(next).ok ? { folder: next } : servedOf(files, content);
}

/** Stages a slot; undefined stages the release as it was published. */
export function stage(files: Files, folder: string, slot: string | undefined): Io<undefined> {
  const next = join(folder, NEXT);
  const isAnew = slot !== undefined || files.readLink(join(folder, SERVED)).ok;
  const done = isAnew ? placeLink(files, slot === undefined ? AS_PUBLISHED : basename(slot), next) : files.remove(next);
  return done.ok ? files.syncFolder(folder) : done;
}

/** Is the slot the one that is served now? */
export function isServed(files: Files, folder: string, slot: string): boolean {
  const now = files.readLink(join(folder, SERVED));
  return now.ok && now.value === basename(slot);
}

/** What was staged is served from now on. What was served of the installed content before is remembered, for `serveAsBefore`. */
export function serveStaged(files: Files, { component, next: { folder, sequence } }: Job): Io<undefined> {
  if (!files.readLink(join(folder, NEXT)).ok) return ok();
  const now = files.readLink(join(folder, SERVED));
  const live = files.readLink(component.installPath);
  const isPublishedLive = live.ok && live.value === linkTarget(component, sequence);
  const before = now.ok ? now.value : isPublishedLive ? AS_PUBLISHED : undefined;
  const kept = before === undefined ? ok() : placeLink(files, before, join(folder, WAS));
  const moved = kept.ok ? files.rename(join(folder, NEXT), join(folder, SERVED)) : kept;
  return moved.ok ? files.syncFolder(folder) : moved;
}

/** Undoes `serveStaged`, where it was done to content that was installed already. */
export function serveAsBefore(files: Files, { next: { folder } }: Job): Io<undefined> {
  if (!files.readLink(join(folder, WAS)).ok) return ok();
  const back = files.rename(join(folder, WAS), join(folder, SERVED));
  return back.ok ? files.syncFolder(folder) : back;
}

/** Removes what is not served of a content; what is not there any more is fine. */
export function tidySlots(files: Files, { folder }: Folder): Io<undefined> {
  const seen = seenAt(files, folder);
  if (!seen.ok || seen.value === undefined) return seen.ok ? ok() : seen;
  const now = files.readLink(join(folder, SERVED));
  const listed = files.list(folder);
  if (!listed.ok) return listed;
  for (const { name } of listed.value.filter((e) => e.name.startsWith(`${SERVED}.`) && !(now.ok && e.name === now.value))) {
    const gone = files.removeTree(join(folder, name));
    if (!gone.ok) return gone;
  }
  return ok();
}
