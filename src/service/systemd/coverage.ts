import { join } from 'node:path';
import type { Component, Ports, Uncovered } from '../../model/index.ts';
import { writtenFolder } from '../facts.ts';
import { PACKAGE_FOLDERS, UNIT_FOLDER } from './units.ts';
import { words } from './text.ts';

const MAX_UNIT_BYTES = 1024 * 1024;
const UNIT = 'glued.service';

/** The components whose folders the installed `glued.service` may not write, or would not find when it starts. None where it is not installed. */
export function uncovered(files: Ports['files'], root: string, components: readonly Component[]): readonly Uncovered[] {
  const texts = unitTexts(files, root);
  if (texts.length === 0) return [];
  const writable = texts.flatMap(writablePaths);
  return components.flatMap((component): readonly Uncovered[] => {
    const path = writtenFolder(component);
    if (!writable.some((one) => isWithin(path, one))) return [{ component: component.id, path, problem: 'not-listed' }];
    return files.statFollowing(join(root, path)).ok ? [] : [{ component: component.id, path, problem: 'absent' }];
  });
}

/** The unit that is in force, and its drop-ins (systemd.unit(5), Unit File Load Path). */
function unitTexts(files: Ports['files'], root: string): readonly string[] {
  const folders = [UNIT_FOLDER, ...PACKAGE_FOLDERS].map((folder) => join(root, folder));
  const unit = folders.map((folder) => textOf(files, join(folder, UNIT))).find((text) => text !== undefined);
  if (unit === undefined) return [];
  const dropIns = folders.flatMap((folder) => {
    const listed = files.list(join(folder, `${UNIT}.d`));
    const names = listed.ok ? listed.value.map(({ name }) => name).filter((name) => name.endsWith('.conf')) : [];
    return names.sort().map((name) => textOf(files, join(folder, `${UNIT}.d`, name)) ?? '');
  });
  return [unit, ...dropIns];
}

function textOf(files: Ports['files'], path: string): string | undefined {
  const read = files.read(path, MAX_UNIT_BYTES);
  return read.ok ? new TextDecoder().decode(read.value) : undefined;
}

function writablePaths(text: string): readonly string[] {
  return [...text.matchAll(/^ReadWritePaths=(.*)$/gm)].flatMap(([, value = '']) => words(value)).map((path) => path.replace(/^[-+]+/, ''));
}

const isWithin = (path: string, folder: string): boolean => path === folder || folder === '/' || path.startsWith(`${folder}/`);
