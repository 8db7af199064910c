import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { packageTar, tarSize } from '../formats/package.ts';
import { compressZstd } from '../formats/zstd.ts';
import { asSha256, type Failure, failure, type FileHandle, ok, type Outcome, type Package } from '../model/index.ts';
import { FILE_MODE, FOLDER_MODE, layout } from './layout.ts';
import { type PublisherPorts, stored } from './ports.ts';
import { fileBytes, type Source } from './source.ts';

/**
 * Makes the package of a source under `packages/`, durable, named by its hash. The same source gives the same package, so one that is
 * there already is left alone.
 */
export async function pack(ports: PublisherPorts, dir: string, source: Source): Promise<Outcome<Package, Failure>> {
  const { files } = ports;
  const swept = sweep(ports, dir);
  if (!swept.ok) return swept;
  const temporary = files.temporaryName(join(layout.packages(dir), 'package'));
  const created = stored(files.create(temporary, FILE_MODE));
  if (!created.ok) return created;
  const packed = await write(ports, created.value, source);
  created.value.close();
  const placed = packed.ok ? place(ports, dir, temporary, packed.value) : packed;
  if (!placed.ok) files.remove(temporary);
  return placed.ok ? packed : placed;
}

async function write(ports: PublisherPorts, handle: FileHandle, source: Source): Promise<Outcome<Package, Failure>> {
  const unpackedSize = tarSize(source.manifest);
  const chunks = packageTar<Failure>(source.manifest, (entry) => fileBytes(ports, source, entry));
  const hash = createHash('sha256');
  let size = 0;
  const next = (): Outcome<Uint8Array | undefined, Failure> => {
    const chunk = chunks.next();
    return chunk.done === true ? ok(undefined) : chunk.value;
  };
  const save = (bytes: Uint8Array): Outcome<undefined, Failure> => {
    hash.update(bytes);
    size += bytes.length;
    return stored(handle.write(bytes));
  };
  const broken = (detail: string): Failure => failure('repo-source', { path: source.path, problem: `zstd says: ${detail}` });
  const done = await compressZstd(next, unpackedSize, save, broken);
  chunks.return();
  const synced = done.ok ? stored(handle.sync()) : done;
  if (!synced.ok) return synced;
  const sha256 = asSha256(hash.digest('hex'));
  if (sha256 === undefined) throw new Error('a SHA-256 is 64 hex digits');
  return ok({ sha256, size, unpackedSize, format: 'tar+zstd' });
}

function place({ files }: PublisherPorts, dir: string, temporary: string, made: Package): Outcome<undefined, Failure> {
  const path = layout.package(dir, made.sha256);
  const present = files.stat(path);
  if (present.ok && present.value.size === made.size) return stored(files.remove(temporary));
  for (const step of [
    () => files.makeFolder(dirname(path), FOLDER_MODE),
    () => files.rename(temporary, path),
    () => files.syncFolder(dirname(path)),
    () => files.syncFolder(layout.packages(dir)),
  ]) {
    const done = stored(step());
    if (!done.ok) return done;
  }
  return ok();
}

/** Removes what a publish that was killed left behind; nobody else writes here while we hold the lock. */
function sweep({ files }: PublisherPorts, dir: string): Outcome<undefined, Failure> {
  const listed = stored(files.list(layout.packages(dir)));
  if (!listed.ok) return listed;
  for (const { name } of listed.value) {
    if (!/^\.package\.[0-9a-f]+\.tmp$/.test(name)) continue;
    const removed = stored(files.remove(join(layout.packages(dir), name)));
    if (!removed.ok) return removed;
  }
  return ok();
}
