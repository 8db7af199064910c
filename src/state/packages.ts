import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readJson } from '../formats/json.ts';
import { group, parseShape, text } from '../formats/shape.ts';
import { asSha256, type Failure, fail, type Files, ok, type Outcome, type PackageStore, type Ports } from '../model/index.ts';
import { ioFailed } from './failures.ts';
import { LAYOUT } from './layout.ts';

/** When packages were last used; what it does not know counts by the file's own date. */
export interface PackageUses {
  all(): ReadonlyMap<string, number>;
  touch(sha256: string): void;
  forget(sha256: string): void;
}

type Held = { readonly sha256: string; readonly path: string; readonly bytes: number; readonly usedAt: number };

const HASH_STEP = 1024 * 1024;
const VALIDATOR = group({ validator: text() });

/**
 * Packages in `cache/AB/SHA256`, partial ones in `cache/partial/SHA256`. The folder itself is the index, so there is none to be wrong;
 * only the order of use is kept elsewhere.
 */
export function createPackageStore(ports: Pick<Ports, 'files'>, folder: string, uses: PackageUses, note: (text: string) => void): PackageStore {
  const { files } = ports;
  const pathOf = (sha256: string): string => join(folder, sha256.slice(0, 2), sha256);
  const partialPath = (sha256: string): string => join(folder, 'partial', sha256);
  const validatorPath = (sha256: string): string => join(folder, 'partial', `${sha256}.validator`);
  const dropPartial = (sha256: string): void => {
    files.remove(partialPath(sha256));
    files.remove(validatorPath(sha256));
  };
  return {
    find: (sha256, check, size) => find(files, pathOf(sha256), sha256, check, size, uses, note),
    partial(sha256) {
      const path = partialPath(sha256);
      files.makeFolder(join(folder, 'partial'), LAYOUT.cache.mode);
      const seen = files.stat(path);
      if (seen.ok && seen.value.type !== 'file') files.removeTree(path);
      const length = seen.ok && seen.value.type === 'file' ? seen.value.size : 0;
      const validator = readValidator(files, validatorPath(sha256));
      return validator === undefined ? { path, length } : { path, length, validator };
    },
    setValidator(sha256, validator) {
      const path = validatorPath(sha256);
      if (validator === undefined) files.remove(path);
      else files.replace(path, new TextEncoder().encode(JSON.stringify({ validator })), 0o600);
    },
    commit: (sha256, size) => commit(files, folder, { from: partialPath(sha256), to: pathOf(sha256), sha256, size }, () => {
      files.remove(validatorPath(sha256));
      uses.touch(sha256);
    }),
    dropPartial,
    drop(sha256) {
      files.remove(pathOf(sha256));
      uses.forget(sha256);
    },
    trim(maxBytes, keep) {
      const { whole, partial } = scan(files, folder, uses.all());
      let total = [...whole, ...partial].reduce((sum, one) => sum + one.bytes, 0);
      const oldest = [...whole, ...partial].filter((one) => !keep.has(one.sha256)).sort((a, b) => a.usedAt - b.usedAt);
      for (const one of oldest) {
        if (total <= maxBytes) return;
        files.remove(one.path);
        files.remove(validatorPath(one.sha256));
        uses.forget(one.sha256);
        total -= one.bytes;
      }
    },
    known: () => new Set(scan(files, folder, new Map()).whole.map((one) => one.sha256)),
    begun: () => new Map(held(files, folder, 'partial', new Map()).map((one) => [one.sha256, one.bytes])),
  };
}

function find(
  files: Files,
  path: string,
  sha256: string,
  check: 'size' | 'hash',
  size: number,
  uses: PackageUses,
  note: (text: string) => void,
): string | undefined {
  const seen = files.stat(path);
  if (!seen.ok) return undefined;
  const problem = problemOf(files, path, sha256, check, size, seen.value.type === 'file' ? seen.value.size : undefined);
  if (problem === undefined) {
    uses.touch(sha256);
    return path;
  }
  files.removeTree(path);
  note(`The cached package ${sha256} was damaged (${problem}): it was removed and is fetched again.`);
  return undefined;
}

function problemOf(files: Files, path: string, sha256: string, check: 'size' | 'hash', size: number, found: number | undefined): string | undefined {
  if (found === undefined) return 'it is no file';
  if (found !== size) return `${found} bytes instead of ${size}`;
  if (check === 'size') return undefined;
  return hashOf(files, path) === sha256 ? undefined : 'its hash is another';
}

function hashOf(files: Files, path: string): string | undefined {
  const file = files.open(path);
  if (!file.ok) return undefined;
  const hash = createHash('sha256');
  const buffer = new Uint8Array(HASH_STEP);
  let got = file.value.read(buffer);
  while (got.ok && got.value > 0) {
    hash.update(buffer.subarray(0, got.value));
    got = file.value.read(buffer);
  }
  file.value.close();
  return got.ok ? hash.digest('hex') : undefined;
}

function readValidator(files: Files, path: string): string | undefined {
  const read = files.read(path, 8192);
  const json = read.ok ? readJson(read.value) : undefined;
  const parsed = json?.ok === true ? parseShape(VALIDATOR, json.value.value) : undefined;
  return parsed !== undefined && 'value' in parsed ? parsed.value.validator : undefined;
}

/** The partial file was verified and fsynced by who wrote it; here its name becomes that of a package, durably. */
function commit(
  files: Files,
  folder: string,
  what: { readonly from: string; readonly to: string; readonly sha256: string; readonly size: number },
  after: () => void,
): Outcome<string, Failure> {
  const shelf = join(folder, what.sha256.slice(0, 2));
  const seen = files.stat(what.from);
  if (!seen.ok) return ioFailed(seen.failure);
  if (seen.value.size !== what.size) return fail('state-io', { path: what.from, op: 'commit', kind: `${seen.value.size} bytes instead of ${what.size}` });
  const isNew = !files.stat(shelf).ok;
  const made = isNew ? files.makeFolder(shelf, LAYOUT.cache.mode) : ok();
  const renamed = made.ok ? files.rename(what.from, what.to) : made;
  const synced = renamed.ok ? files.syncFolder(shelf) : renamed;
  const done = synced.ok && isNew ? files.syncFolder(folder) : synced;
  if (!done.ok) return ioFailed(done.failure);
  after();
  return ok(what.to);
}

function held(files: Files, folder: string, shelf: string, uses: ReadonlyMap<string, number>): readonly Held[] {
  const listed = files.list(join(folder, shelf));
  if (!listed.ok) return [];
  return listed.value.flatMap((entry) => {
    const path = join(folder, shelf, entry.name);
    const seen = asSha256(entry.name) === undefined ? undefined : files.stat(path);
    if (seen?.ok !== true || seen.value.type !== 'file') return [];
    return [{ sha256: entry.name, path, bytes: seen.value.size, usedAt: uses.get(entry.name) ?? seen.value.modifiedAt }];
  });
}

function scan(files: Files, folder: string, uses: ReadonlyMap<string, number>): { readonly whole: readonly Held[]; readonly partial: readonly Held[] } {
  const shelves = files.list(folder);
  if (!shelves.ok) return { whole: [], partial: [] };
  const names = shelves.value.map((e) => e.name);
  return {
    whole: names.filter((name) => /^[0-9a-f]{2}$/.test(name)).flatMap((name) => held(files, folder, name, uses)),
    partial: names.includes('partial') ? held(files, folder, 'partial', uses) : [],
  };
}
