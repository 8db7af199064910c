/** Catalogs and packages that no catalog of today names: told apart, remembered for as long as a reader may want them, then removed. */
import { join } from 'node:path';
import { converted, group, mapOf, oneOf, parseShape } from '../formats/shape.ts';
import { readJson } from '../formats/json.ts';
import { type Catalog, type Failure, type Instant, ok, type Outcome, parseInstant, rfc3339, type UnusedFiles } from '../model/index.ts';
import { catalogTarget, FILE_MODE, layout } from './layout.ts';
import { type PublisherPorts, stored } from './ports.ts';
import type { Repository } from './repository.ts';

/** Files that are remembered; the others are once these are gone. A path and its time take 190 bytes at most. */
const MAX_NOTED = 250_000;
const MAX_NOTE_BYTES = 64 * 1024 * 1024;
const OURS = /^(targets\/catalog|packages\/[0-9a-f]{2})\/[^/]+$/;
const NOTE = group({ schema: oneOf(['glued.publisher-unused/1']), since: mapOf(OURS, 'a file of the repository', converted(parseInstant, 'a time'), MAX_NOTED) });
const DAY_MS = 86_400_000;

export type Unused = { readonly removed: UnusedFiles; readonly waiting: UnusedFiles; /** when the first of those that wait may go */ readonly next: Instant | null };

/**
 * Removes what was found unused so long ago that every timestamp of that time has expired, with a day to spare: no client believes any more a state
 * that names it. What is found now is remembered; a lost note costs time, and nothing else. `look` says what `remove` would do.
 */
export function removeUnused(ports: PublisherPorts, repository: Repository, catalogs: readonly Catalog[], now: Instant, act: 'remove' | 'look'): Outcome<Unused, Failure> {
  const { dir, settings } = repository;
  const waitMs = (settings.expiryDays.timestamp + 1) * DAY_MS;
  const found = allFiles(ports, dir);
  if (!found.ok) return found;
  const used = usedFiles(repository, catalogs);
  const before = readNote(ports, dir);
  const since = new Map<string, Instant>();
  let oldest: Instant | undefined;
  const sum = { removed: { files: 0, bytes: 0 }, waiting: { files: 0, bytes: 0 } };
  const unused = found.value.filter((one) => !used.has(one));
  // those that are remembered first: where there are too many, none of them is forgotten
  for (const path of unused.toSorted((a, b) => Number(before.has(b)) - Number(before.has(a)))) {
    const first = Math.min(before.get(path) ?? now, now);
    const stat = ports.files.stat(join(dir, path));
    const fate = now - first >= waitMs ? 'removed' : 'waiting';
    sum[fate].files++;
    sum[fate].bytes += stat.ok ? stat.value.size : 0;
    if (fate === 'waiting') {
      if (since.size < MAX_NOTED) since.set(path, first);
      oldest = Math.min(oldest ?? first, first);
    }
    const gone = fate === 'removed' && act === 'remove' ? stored(ports.files.remove(join(dir, path))) : ok();
    if (!gone.ok) return gone;
  }
  const written = act === 'remove' ? writeNote(ports, dir, since) : ok();
  return written.ok ? ok({ ...sum, next: oldest === undefined ? null : oldest + waitMs }) : written;
}

/** What the current metadata leads to, as paths below the repository. */
function usedFiles({ roles }: Repository, catalogs: readonly Catalog[]): ReadonlySet<string> {
  const signed = [...roles].flatMap(([id, role]) => {
    const target = role.targets.get(catalogTarget(id));
    return target === undefined ? [] : [layout.catalog('', id, target.hashes.sha256)];
  });
  const packages = catalogs.flatMap(({ releases }) => releases.flatMap((r) => [r.package.sha256, ...r.deltas.map((d) => d.sha256)]));
  return new Set([...signed, ...packages.map((sha256) => layout.package('', sha256))].map(asName));
}

const asName = (path: string): string => path.replaceAll('\\', '/');

/** Every catalog and package that there is; what else lies there is not ours to remove. */
function allFiles({ files }: PublisherPorts, dir: string): Outcome<readonly string[], Failure> {
  const catalogs = stored(files.list(layout.catalogs(dir)));
  if (!catalogs.ok) return catalogs;
  const folders = stored(files.list(layout.packages(dir)));
  if (!folders.ok) return folders;
  const all = catalogs.value.filter(({ name }) => /^[0-9a-f]{64}\.[a-z][a-z0-9._-]*\.json$/.test(name)).map(({ name }) => `targets/catalog/${name}`);
  for (const folder of folders.value.filter(({ name }) => /^[0-9a-f]{2}$/.test(name))) {
    const packages = stored(files.list(join(layout.packages(dir), folder.name)));
    if (!packages.ok) return packages;
    for (const { name } of packages.value) if (/^[0-9a-f]{64}$/.test(name)) all.push(`packages/${folder.name}/${name}`);
  }
  return ok(all);
}

function readNote({ files }: PublisherPorts, dir: string): ReadonlyMap<string, Instant> {
  const bytes = files.read(layout.unused(dir), MAX_NOTE_BYTES);
  const json = bytes.ok ? readJson(bytes.value, { maxBytes: MAX_NOTE_BYTES }) : undefined;
  const parsed = json?.ok === true ? parseShape(NOTE, json.value.value) : undefined;
  return parsed !== undefined && 'value' in parsed ? parsed.value.since : new Map();
}

function writeNote({ files }: PublisherPorts, dir: string, since: ReadonlyMap<string, Instant>): Outcome<undefined, Failure> {
  const note = { schema: 'glued.publisher-unused/1', since: Object.fromEntries([...since].map(([path, at]) => [path, rfc3339(at)])) };
  return stored(files.replace(layout.unused(dir), Buffer.from(`${JSON.stringify(note, null, 2)}\n`), FILE_MODE));
}
