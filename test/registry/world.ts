/** What the tests of the registry share: a state folder each, plists as administrators drop them, and a look at what is there. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPlist } from '../../src/formats/plist.ts';
import { createPorts } from '../../src/platform/index.ts';
import { componentPlist, type Registry, scanRegistry } from '../../src/registry/index.ts';
import { component, must } from '../state/world.ts';

export const NOW = Date.UTC(2026, 10, 25, 7, 0, 0);
export const { ports } = createPorts({ colour: 'never' });
const root = mkdtempSync(join(tmpdir(), 'glued-registry-'));
let worlds = 0;

export const cleanUp = (): void => rmSync(root, { recursive: true, force: true });

/** An empty state folder with both registry folders. */
export function newState(): string {
  const dir = join(root, String(++worlds));
  for (const name of ['NewRegistry', 'ActiveRegistry']) mkdirSync(join(dir, name), { recursive: true });
  return dir;
}

export const scan = (dir: string, mode: 'apply' | 'read' = 'apply'): Registry => must(scanRegistry(ports, dir, NOW, mode));
export const names = (dir: string, folder: string): readonly string[] => readdirSync(join(dir, folder)).sort();

/** What another reader of property lists would see. */
export function seen(dir: string, path: string): Readonly<Record<string, unknown>> {
  const read = must(readPlist(readFileSync(join(dir, path))));
  return Object.fromEntries(Object.entries(read.value ?? {}));
}

/** A plist in the words of an administrator. */
export function plistText(entries: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>${entries}</dict></plist>
`;
}

export const GOOD = (id: string, over = ''): string =>
  plistText(`<key>ComponentID</key><string>${id}</string><key>Name</key><string>The ${id}</string><key>ContentType</key><string>av</string>
<key>PlugIn</key><string>files</string><key>InstallPath</key><string>/opt/${id}/rules</string>${over}`);

export function drop(dir: string, name: string, content: string): void {
  writeFileSync(join(dir, 'NewRegistry', name), content);
}

/** A component that is installed, in ActiveRegistry. */
export function install(dir: string, id: string): void {
  writeFileSync(join(dir, 'ActiveRegistry', `${id}.plist`), componentPlist(component(id, { installPath: `/opt/${id}/rules`, lastSuccess: NOW })));
}
