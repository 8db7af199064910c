import { dirname, join } from 'node:path';
import { type Component, type Failure, ok, type Outcome, type Ports } from '../model/index.ts';
import { ioFailed, LAYOUT, pathOf } from '../state/index.ts';
import { componentPlist } from './plist.ts';
import type { RegistryFolder } from './read-folder.ts';

const MODE = 0o644;
const MAX_BYTES = 1024 * 1024;

/** `<state>/ActiveRegistry/ID.plist` */
export function plistPath(stateDir: string, folder: RegistryFolder, id: string): string {
  return join(pathOf(stateDir, folder), `${id}.plist`);
}

/** Writes what is known of a component to ActiveRegistry, durably; the same bytes again are not written. */
export function writeActive(ports: Pick<Ports, 'files'>, stateDir: string, component: Component): Outcome<undefined, Failure> {
  return writeComponent(ports, stateDir, 'activeRegistry', component);
}

/** Writes a component's plist into one of the two folders. */
export function writeComponent(ports: Pick<Ports, 'files'>, stateDir: string, folder: RegistryFolder, component: Component): Outcome<undefined, Failure> {
  const path = plistPath(stateDir, folder, component.id);
  const bytes = componentPlist(component);
  const there = ports.files.read(path, MAX_BYTES);
  if (there.ok && Buffer.compare(there.value, bytes) === 0) return ok();
  if (!there.ok && there.failure.kind === 'absent') {
    const made = ports.files.makeFolder(dirname(path), LAYOUT[folder].mode);
    if (!made.ok) return ioFailed(made.failure);
  }
  const written = ports.files.replace(path, bytes, MODE);
  return written.ok ? ok() : ioFailed(written.failure);
}
