/** Which files make the policy of this machine, in the order in which they override each other. Nothing else is ever opened. */
import { join } from 'node:path';
import { fail, failed, type Failure, ok, type Outcome, type Ports } from '../model/index.ts';
import { formatByName } from '../formats/documents.ts';
import { EXTENSIONS, type Places } from './places.ts';
import { checkFolder, ioText, readTrusted, type TrustCheck } from './trust.ts';

type World = Pick<Ports, 'files' | 'os'>;

/** One file that was read. `label` is how readers see it: the path, with `[vendor] ` or `[managed] ` before it. */
export type SourceFile = { readonly path: string; readonly label: string; readonly bytes: Uint8Array; readonly trusted: boolean };
export type Skipped = { readonly path: string; readonly reason: string };
export type Located = { readonly files: readonly SourceFile[]; readonly skipped: readonly Skipped[] };

/** Everything in the machine's places. */
export function locate(world: World, places: Places, check: TrustCheck): Outcome<Located, Failure> {
  const main = mainFile(world, places.main, check);
  if (!main.ok) return main;
  const folder = places.folder === undefined ? ok(NOTHING) : readFolder(world, places.folder, '', check);
  if (!folder.ok) return folder;
  const hiding = new Map(folder.value.names.map((one) => [one.name, one]));
  const vendor = places.vendorFolder === undefined ? ok(NOTHING) : readFolder(world, places.vendorFolder, '[vendor] ', check, hiding);
  if (!vendor.ok) return vendor;
  const managed = places.managedPlist === undefined ? ok(undefined) : readTrusted(world, places.managedPlist, check);
  if (!managed.ok) return managed;
  const path = places.managedPlist ?? '';
  return ok({
    files: [
      ...vendor.value.files,
      ...(main.value === undefined ? [] : [main.value]),
      ...folder.value.files,
      ...(managed.value === undefined ? [] : [{ path, label: `[managed] ${path}`, ...managed.value }]),
    ],
    skipped: [...vendor.value.skipped, ...folder.value.skipped],
  });
}

/** What `--policy PATH` names, instead of all places: one file, or a folder of them. */
export function locateAt(world: World, path: string, check: TrustCheck): Outcome<Located, Failure> {
  const stat = check === 'enforce' ? world.files.stat(path) : world.files.statFollowing(path);
  if (stat.ok && stat.value.type === 'folder') return readFolder(world, path, '', check);
  const read = readTrusted(world, path, check);
  if (!read.ok) return read;
  return ok({ files: read.value === undefined ? [] : [{ path, label: path, ...read.value }], skipped: [] });
}

/** /etc/glued/policy.EXTENSION: one of them, or none. */
function mainFile(world: World, main: string | undefined, check: TrustCheck): Outcome<SourceFile | undefined, Failure> {
  if (main === undefined) return ok(undefined);
  const there: string[] = [];
  for (const path of EXTENSIONS.map((extension) => main + extension)) {
    const stat = world.files.stat(path);
    if (stat.ok) there.push(path);
    else if (stat.failure.kind !== 'absent') return fail('policy-unreadable', { path, problem: ioText(stat.failure) });
  }
  const [first, second] = there;
  if (first === undefined) return ok(undefined);
  if (second !== undefined) return fail('policy-twice', { first, second });
  const read = readTrusted(world, first, check);
  if (!read.ok) return read;
  return ok(read.value === undefined ? undefined : { path: first, label: first, ...read.value });
}

type Folder = Located & { readonly names: readonly { readonly name: string; readonly masks: 'masks' | 'replaces' }[] };
type Hiding = ReadonlyMap<string, Folder['names'][number]>;
const NOTHING: Folder = { files: [], skipped: [], names: [] };

/** The policies of one folder in the order of their names. `hiding`: names that the administrator's folder replaces or masks. */
function readFolder(world: World, folder: string, prefix: string, check: TrustCheck, hiding: Hiding = new Map()): Outcome<Folder, Failure> {
  const listed = world.files.list(folder);
  if (!listed.ok) {
    return listed.failure.kind === 'absent' ? ok(NOTHING) : fail('policy-unreadable', { path: folder, problem: ioText(listed.failure) });
  }
  const distrust = check === 'enforce' ? checkFolder(world, folder) : undefined;
  if (distrust !== undefined) return failed(distrust);
  const files: SourceFile[] = [];
  const skipped: Skipped[] = [];
  const names: Folder['names'][number][] = [];
  for (const { name, type } of [...listed.value].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, name);
    const passed = passedOver(name, type) ?? hidden(name, hiding);
    if (passed !== undefined) {
      skipped.push({ path, reason: passed });
    } else if (isNullLink(world, path, type)) {
      skipped.push({ path, reason: 'a link to /dev/null: masks the file of this name' });
      names.push({ name, masks: 'masks' });
    } else {
      const read = readTrusted(world, path, check);
      if (!read.ok) return read;
      if (read.value === undefined) continue;
      const isEmpty = read.value.bytes.length === 0;
      names.push({ name, masks: isEmpty ? 'masks' : 'replaces' });
      if (isEmpty) skipped.push({ path, reason: 'empty: masks the file of this name' });
      else files.push({ path, label: prefix + path, ...read.value });
    }
  }
  return ok({ files, skipped, names });
}

/** Why a name is no policy, or undefined. */
function passedOver(name: string, type: string): string | undefined {
  if (name.startsWith('.')) return 'a dotfile';
  if (name.endsWith('~')) return "an editor's backup";
  if (/\.dpkg-[^.]*$/.test(name)) return "a package manager's copy (dpkg)";
  if (/\.rpm[^.]*$/.test(name)) return "a package manager's copy (rpm)";
  if (type === 'folder') return 'a folder';
  return formatByName(name) === undefined ? 'no known extension' : undefined;
}

function hidden(name: string, hiding: Hiding): string | undefined {
  const by = hiding.get(name);
  if (by === undefined) return undefined;
  return by.masks === 'masks' ? 'masked by the administrator' : 'replaced by the file of the same name in policy.d';
}

function isNullLink(world: World, path: string, type: string): boolean {
  if (type !== 'link') return false;
  const target = world.files.readLink(path);
  return target.ok && target.value === '/dev/null';
}
