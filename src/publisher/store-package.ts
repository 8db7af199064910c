import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { ByteSink } from '../formats/zstd.ts';
import { asSha256, failed, type Failure, ok, type Outcome, type Sha256 } from '../model/index.ts';
import { FILE_MODE, FOLDER_MODE, layout } from './layout.ts';
import { type PublisherPorts, stored } from './ports.ts';

/** What was stored under `packages/`: its name there, and its bytes. */
export type Stored = { readonly sha256: Sha256; readonly size: number };

/**
 * Stores what `write` hands to its sink under `packages/`, durable, named by its hash, which is counted while writing. What is there already is
 * left alone; where `write` fails, or the process dies, nothing has a name that anyone asks for.
 */
export async function storePackage<F>(
  ports: PublisherPorts,
  dir: string,
  write: (save: ByteSink<Failure | F>) => Promise<Outcome<undefined, Failure | F>>,
): Promise<Outcome<Stored, Failure | F>> {
  const { files } = ports;
  const temporary = files.temporaryName(join(layout.packages(dir), 'package'));
  const created = stored(files.create(temporary, FILE_MODE));
  if (!created.ok) return created;
  const hash = createHash('sha256');
  let size = 0;
  const written = await write((bytes) => {
    hash.update(bytes);
    size += bytes.length;
    return stored(created.value.write(bytes));
  });
  const synced = written.ok ? stored(created.value.sync()) : written;
  created.value.close();
  const done = synced.ok ? place(ports, dir, temporary, { sha256: digest(hash.digest('hex')), size }) : synced;
  if (!done.ok) files.remove(temporary);
  return done;
}

/** SHA-256 as hashing gives it. */
export function digest(hex: string): Sha256 {
  const sha256 = asSha256(hex);
  if (sha256 === undefined) throw new Error('a SHA-256 is 64 hex digits');
  return sha256;
}

function place({ files }: PublisherPorts, dir: string, temporary: string, made: Stored): Outcome<Stored, Failure> {
  const path = layout.package(dir, made.sha256);
  const present = files.stat(path);
  const steps =
    present.ok && present.value.size === made.size
      ? [() => files.remove(temporary)]
      : [
          () => files.makeFolder(dirname(path), FOLDER_MODE),
          () => files.rename(temporary, path),
          () => files.syncFolder(dirname(path)),
          () => files.syncFolder(layout.packages(dir)),
        ];
  for (const step of steps) {
    const done = stored(step());
    if (!done.ok) return failed(done.failure);
  }
  return ok(made);
}

/** Removes what a publish that was killed left behind; nobody else writes here while we hold the lock. */
export function sweepPackages({ files }: PublisherPorts, dir: string): Outcome<undefined, Failure> {
  const listed = stored(files.list(layout.packages(dir)));
  if (!listed.ok) return listed;
  for (const { name } of listed.value) {
    if (!/^\.package\.[0-9a-f]+\.tmp$/.test(name)) continue;
    const removed = stored(files.remove(join(layout.packages(dir), name)));
    if (!removed.ok) return removed;
  }
  return ok();
}
