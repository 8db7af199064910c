import { basename, join } from 'node:path';
import { type Component, type Content, type Io, type Job, ok, type Ports } from '../model/index.ts';
import { asideOf, isPlacing } from './aside.ts';
import { type Depth, contentProblem, manifestOf } from './content.ts';

type Files = Ports['files'];

/** The last two proven contents stay (DESIGN, Plug-ins). */
const KEPT = 2;

/**
 * What is kept in the versions folder and can be put back, newest first. Quick looks that it is there; deep hashes it.
 */
export function keptContents(files: Files, component: Component, versions: string, depth: Depth): readonly Content[] {
  const known = [component.installed, component.previous].filter((c) => c !== null);
  const distinct = known.filter((c, i) => known.findIndex((other) => other.sequence === c.sequence) === i);
  const contents = distinct.map((c) => ({ ...c, folder: join(versions, String(c.sequence)) }));
  return contents.filter((c) => isKept(files, c.folder, depth)).sort((a, b) => b.sequence - a.sequence);
}

function isKept(files: Files, folder: string, depth: Depth): boolean {
  if (depth === 'quick') return files.stat(join(folder, 'manifest.json')).ok && files.stat(join(folder, 'content')).ok;
  const manifest = manifestOf(files, folder);
  return manifest.ok && contentProblem(files, folder, manifest.value, depth) === undefined;
}

/**
 * Empties the versions folder of all but the last two proven contents and one on probation, and removes it where nothing is left. `isNext`:
 * the bytes installed now are those of the job's next content. `beside`: names that stay as long as anything does.
 */
export function prune(files: Files, job: Job, versions: string, isNext: boolean, beside: readonly string[] = []): Io<undefined> {
  const placing = isPlacing(files, job);
  if (!placing.ok) return placing;
  // without the mark of a first install, bytes that are the same are another program's
  const isLive = isNext && (job.previous !== null || placing.value === 'yes');
  // what was installed before comes last: it may be a release that never proved itself
  const proven = [isLive ? job.next : null, job.component.installed, job.component.previous, job.previous];
  const sequences = [...new Set(proven.filter((c) => c !== null).map((c) => String(c.sequence)))].slice(0, KEPT);
  const { earlier = null } = job;
  const aside = isLive && job.previous === null ? [basename(asideOf(job))] : [];
  const keep = new Set([...sequences, ...(earlier === null ? [] : [String(earlier.sequence)]), ...aside]);
  const listed = files.list(versions);
  if (!listed.ok) return listed.failure.kind === 'absent' ? ok() : listed;
  const left = listed.value.filter((e) => keep.has(e.name));
  if (left.length === 0) return files.removeTree(versions);
  for (const entry of listed.value) {
    const removed = keep.has(entry.name) || beside.includes(entry.name) ? ok() : files.removeTree(join(versions, entry.name));
    if (!removed.ok) return removed;
  }
  return files.syncFolder(versions);
}
