import { join } from 'node:path';
import type { Component, Ports } from '../../../model/index.ts';
import { versionsOf } from '../files/install-path.ts';
import { digestServed } from './slots.ts';

/** Why what is served of the installed release is not what the component's filters would make of it now, as a phrase; undefined where it is. */
export async function outdatedBy(ports: Pick<Ports, 'files' | 'os'>, component: Component): Promise<string | undefined> {
  const { installed, settings } = component;
  if (installed === null) return undefined;
  const made = digestServed(ports.files, join(versionsOf(component), String(installed.sequence)));
  const path = settings['Filters'];
  if (path === undefined || path === '') return made === '' ? undefined : 'it was filtered, and the component has no Filters any more';
  const read = (await import('./filter-files.ts')).readFilters(ports, component);
  if (!read.ok) return `the filters in ${path} cannot be used any more`;
  if (read.value?.digest === made) return undefined;
  return made === '' ? `it is not filtered, and there are filters in ${path}` : `the filters in ${path} are not those that it was filtered with`;
}
