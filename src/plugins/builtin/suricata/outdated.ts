import { join } from 'node:path';
import type { Component, Inventory, Ports } from '../../../model/index.ts';
import { versionsOf } from '../files/install-path.ts';
import { digestServed, isRefused } from './slots.ts';

type OutdatedPorts = Pick<Ports, 'files' | 'os'>;

/**
 * Whether what is served of the installed release is what the component's filters would make of it now. Where it is not, and an engine failed with
 * what they make, it stays, and that is worth a remark.
 */
export async function bySettings(ports: OutdatedPorts, component: Component): Promise<Pick<Inventory, 'outdated' | 'remark'>> {
  const { installed } = component;
  if (installed === null) return {};
  const folder = join(versionsOf(component), String(installed.sequence));
  const found = await changeOf(ports, component, digestServed(ports.files, folder));
  if (found === undefined) return {};
  if (found.digest === undefined || !isRefused(ports.files, folder, found.digest)) return { outdated: found.why };
  return { remark: `${component.id}: ${found.why}; what these make of release ${installed.version} failed its probation, so what was made of it before stays until they change.` };
}

/** Why the filters are not those that it was made by, as a phrase; `digest`: theirs, where they can be read. */
async function changeOf(ports: OutdatedPorts, component: Component, made: string): Promise<{ readonly why: string; readonly digest?: string } | undefined> {
  const path = component.settings['Filters'];
  if (path === undefined || path === '') return made === '' ? undefined : { why: 'it was filtered, and the component has no Filters any more', digest: '' };
  const read = (await import('./filter-files.ts')).readFilters(ports, component);
  if (!read.ok) return { why: `the filters in ${path} cannot be used any more` };
  const digest = read.value?.digest ?? '';
  if (digest === made) return undefined;
  return { why: made === '' ? `it is not filtered, and there are filters in ${path}` : `the filters in ${path} are not those that it was filtered with`, digest };
}
