import { join } from 'node:path';
import { type Failure, ok, type Outcome } from '../model/index.ts';
import { FILE_MODE, KEPT_VERSIONS, layout } from './layout.ts';
import { type PublisherPorts, stored } from './ports.ts';
import type { Repository } from './repository.ts';
import { type Changes, signChanges, type Signed, type Signing } from './sign.ts';

/**
 * Signs and writes a new state: the component's role, targets, snapshot, timestamp last. Each is a new file, and timestamp.json is replaced by
 * one rename, so a reader has the old state or the new one. An interruption leaves files that nothing names; the next command writes over them.
 */
export function commit(ports: PublisherPorts, repository: Repository, changes: Changes, signing: Signing): Outcome<Signed, Failure> {
  const signed = signChanges(ports, repository, changes, signing);
  if (!signed.ok) return signed;
  const written = writeSigned(ports, repository.dir, signed.value);
  return written.ok ? signed : written;
}

/** Writes what was signed, in its order, and then removes what is too old for any reader. */
export function writeSigned(ports: PublisherPorts, dir: string, { documents }: Signed): Outcome<undefined, Failure> {
  for (const { path, bytes } of documents) {
    const written = stored(ports.files.replace(path, bytes, FILE_MODE));
    if (!written.ok) return written;
  }
  return removeOld(ports, dir, new Map(documents.map(({ role, version }) => [`${role}.json`, version])));
}

/** Removes versions older than the ten before the new one. Roots stay: an endpoint walks through all of them. */
function removeOld(ports: PublisherPorts, dir: string, written: ReadonlyMap<string, number>): Outcome<undefined, Failure> {
  const listed = stored(ports.files.list(layout.metadata(dir)));
  if (!listed.ok) return listed;
  for (const { name } of listed.value) {
    const match = /^([1-9][0-9]*)\.(.+\.json)$/.exec(name);
    const version = match?.[2] === 'root.json' ? undefined : written.get(match?.[2] ?? '');
    if (match === null || version === undefined || Number(match[1]) > version - KEPT_VERSIONS) continue;
    const removed = stored(ports.files.remove(join(layout.metadata(dir), name)));
    if (!removed.ok) return removed;
  }
  return ok();
}
