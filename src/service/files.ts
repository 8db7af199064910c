import { basename, dirname, join } from 'node:path';
import { fail, type Failure, type Io, ok, type Outcome, type Ports, type ServiceFileState } from '../model/index.ts';
import type { Manager } from './manager.ts';
import { isOurs, sealed, type ServiceText } from './seal.ts';

type Files = Ports['files'];
const MAX_BYTES = 1024 * 1024;
const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;

/** A file of the service where it really lies, and how it stands. */
export type Standing = { readonly file: ServiceText; readonly at: string; readonly state: Exclude<ServiceFileState, 'written' | 'removed'> };

/** How every file stands against what this version writes. A file of a package that says the same needs none of ours beside it. */
export function standings(files: Files, manager: Manager, root: string, all: readonly ServiceText[]): readonly Standing[] {
  return all.map((file) => {
    const at = join(root, file.path);
    const own = ownState(files, at, file);
    const isSupplied = manager.packageFolders.some((folder) => says(files, join(root, folder, basename(file.path)), file));
    return { file, at, state: isSupplied && own !== 'edited' ? 'supplied' : own };
  });
}

function ownState(files: Files, at: string, file: ServiceText): Standing['state'] {
  const read = files.read(at, MAX_BYTES);
  if (!read.ok) return read.failure.kind === 'absent' ? 'missing' : 'edited';
  if (!isOurs(read.value)) return 'edited';
  return Buffer.compare(read.value, sealed(file)) === 0 ? 'same' : 'differs';
}

function says(files: Files, at: string, file: ServiceText): boolean {
  const read = files.read(at, MAX_BYTES);
  return read.ok && new TextDecoder().decode(read.value) === file.text;
}

/** What somebody else changed is never overwritten: the first of them, as a failure. */
export function editedOne(all: readonly Standing[]): Failure | undefined {
  const edited = all.find(({ state }) => state === 'edited');
  if (edited === undefined) return undefined;
  const name = edited.file.path.split('/').at(-1) ?? '';
  return fail('service-edited', { path: edited.at, name }).failure;
}

type Told = { readonly path: string; readonly state: ServiceFileState };

/** Writes what is not as it should be, each file old or new, never half; an own one that would hide the package's goes. */
export function writeAll(files: Files, all: readonly Standing[]): Outcome<readonly Told[], Failure> {
  const done: Told[] = [];
  for (const { file, at, state } of all) {
    const moved = state === 'same' ? ok() : state === 'supplied' ? files.remove(at) : write(files, at, sealed(file));
    if (!moved.ok) return fail('service-unwritable', { path: at, problem: moved.failure.detail });
    done.push({ path: at, state: state === 'same' || state === 'supplied' ? state : 'written' });
  }
  return ok(done);
}

/** Removes what we wrote, and the folders of drop-ins that this empties; what others changed stays. */
export function removeAll(files: Files, all: readonly Standing[]): Outcome<readonly Told[], Failure> {
  const done: Told[] = [];
  for (const { at, state } of all) {
    const isOurWork = state === 'same' || state === 'differs';
    const removed = isOurWork ? files.remove(at) : ok();
    if (!removed.ok) return fail('service-unwritable', { path: at, problem: removed.failure.detail });
    const folder = dirname(at);
    const left = files.list(folder);
    if (isOurWork && folder.endsWith('.d') && left.ok && left.value.length === 0) files.removeTree(folder);
    done.push({ path: at, state: isOurWork ? 'removed' : state });
  }
  return ok(done);
}

function write(files: Files, at: string, bytes: Uint8Array): Io<undefined> {
  const made = files.makeFolder(dirname(at), FOLDER_MODE);
  return made.ok ? files.replace(at, bytes, FILE_MODE) : made;
}
