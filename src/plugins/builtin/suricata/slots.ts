import { basename, dirname, join } from 'node:path';
import { type Content, type Io, type Job, ok, type Ports } from '../../../model/index.ts';
import { linkTarget } from '../files/install-path.ts';
import { placeLink, seenAt } from '../../place.ts';
import { REFUSED, SERVED, servedOf, WAS } from '../../served.ts';

type Files = Ports['files'];
type Folder = Pick<Content, 'folder'>;

/**
 * What is made of a release by the filters lies in slots beside it, `served.DIGEST`, one for each set of filters. `served` is a link to the one
 * that counts, so that another takes its place by one rename; `.next` leads to the one that is tested, `.was` to the one before, until the one that
 * counts is confirmed and has proven itself.
 */
const NEXT = `${SERVED}.next`;
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

/** Is the slot the one that is served now, or the way back from it? It is whole then, and stays as it is. */
export function isInUse(files: Files, folder: string, slot: string): boolean {
  return [SERVED, WAS].map((name) => files.readLink(join(folder, name))).some((link) => link.ok && link.value === basename(slot));
}

/** What was staged is served from now on. What was served of the installed content before is remembered, for `serveAsBefore`. */
export function serveStaged(files: Files, { component, next: { folder, sequence }, wayBack }: Job): Io<undefined> {
  if (!files.readLink(join(folder, NEXT)).ok) return ok();
  const now = files.readLink(join(folder, SERVED));
  const live = files.readLink(component.installPath);
  const isPublishedLive = live.ok && live.value === linkTarget(component, sequence);
  const before = now.ok ? now.value : isPublishedLive ? AS_PUBLISHED : undefined;
  const isKept = wayBack === 'kept' && files.readLink(join(folder, WAS)).ok;
  const kept = before === undefined || isKept ? ok() : placeLink(files, before, join(folder, WAS));
  const forgotten = kept.ok ? files.remove(join(folder, REFUSED)) : kept;
  const moved = forgotten.ok ? files.rename(join(folder, NEXT), join(folder, SERVED)) : forgotten;
  return moved.ok ? files.syncFolder(folder) : moved;
}

/** Undoes `serveStaged`, where it was done to content that was installed already. */
export function serveAsBefore(files: Files, { next: { folder }, condemned }: Pick<Job, 'next' | 'condemned'>): Io<undefined> {
  if (!files.readLink(join(folder, WAS)).ok) return ok();
  const refused = condemned === undefined ? ok() : files.replace(join(folder, REFUSED), Buffer.from(digestServed(files, folder)), 0o644);
  if (!refused.ok) return refused;
  const back = files.rename(join(folder, WAS), join(folder, SERVED));
  return back.ok ? files.syncFolder(folder) : back;
}

/** Did what filters with this digest make of the content fail its probation? */
export function isRefused(files: Files, folder: string, digest: string): boolean {
  const kept = files.read(join(folder, REFUSED), DIGEST_BYTES);
  return kept.ok && Buffer.from(kept.value).toString('latin1') === digest;
}

/** A release that is left while what was made of it last has not proven itself keeps what was made of it before. */
export function leaveUnproven(files: Files, { component, next, previous }: Job): Io<undefined> {
  const live = files.readLink(component.installPath);
  const isLeft = previous !== null && previous.sequence !== next.sequence && live.ok && live.value.startsWith(`${dirname(linkTarget(component, next.sequence))}/`);
  return isLeft ? serveAsBefore(files, { next: previous }) : ok();
}

/** Removes what is not served of a content, nor the way back from it; what is not there any more is fine. */
export function tidySlots(files: Files, { next: { folder }, wayBack }: Pick<Job, 'next' | 'wayBack'>): Io<undefined> {
  const seen = seenAt(files, folder);
  if (!seen.ok || seen.value === undefined) return seen.ok ? ok() : seen;
  const links = [files.readLink(join(folder, SERVED)), ...(wayBack === 'kept' ? [files.readLink(join(folder, WAS))] : [])];
  const used = new Set([...(wayBack === 'kept' ? [WAS] : []), ...links.flatMap((link) => (link.ok ? [link.value] : []))]);
  const listed = files.list(folder);
  if (!listed.ok) return listed;
  for (const { name } of listed.value.filter((e) => e.name.startsWith(`${SERVED}.`) && !used.has(e.name))) {
    const gone = files.removeTree(join(folder, name));
    if (!gone.ok) return gone;
  }
  return ok();
}
