import { asComponentId, type Catalog, type ComponentId, type Failure, fail, ok, type Outcome, type Package, type Release } from '../model/index.ts';
import { keysFolder } from './add.ts';
import { catalogBytes } from '../formats/catalog.ts';
import { commit } from './commit.ts';
import { catalogTarget } from './layout.ts';
import { alone } from './lock.ts';
import { pack } from './pack.ts';
import type { PublisherPorts } from './ports.ts';
import { release, releaseText, type ReleaseOptions } from './release-options.ts';
import { readSettings } from './settings.ts';
import { readRepository, type Repository } from './repository.ts';
import { readSource } from './source.ts';
import { currentCatalog, writeCatalog } from './store-catalog.ts';

export type PublishOptions = ReleaseOptions & { readonly dir: string; readonly id: string; readonly path: string; readonly keys?: string };
export type Published = { readonly id: string; readonly release: Release; readonly warnings: readonly string[] };

/**
 * Publishes a file or a folder as a new release: package, catalog, the component's role, snapshot, timestamp last. Needs the component's key and
 * the online ones. Whoever reads meanwhile has the state before or the state after.
 */
export async function publish(ports: PublisherPorts, options: PublishOptions): Promise<Outcome<Published, Failure>> {
  const { dir, path, sequence: asked } = options;
  if (asked !== undefined && (!Number.isSafeInteger(asked) || asked < 1)) {
    return fail('repo-option', { option: '--sequence', problem: `${asked} is no whole number above 0` });
  }
  const settings = readSettings(ports, dir);
  if (!settings.ok) return settings;
  return alone(ports, dir, async () => {
    const read = readRepository(ports, dir);
    if (!read.ok) return read;
    const found = findComponent(ports, read.value, options.id);
    if (!found.ok) return found;
    const { id, catalog } = found.value;
    const now = ports.clock.now();
    const text = releaseText(id, options, now);
    if (!text.ok) return text;
    const stranger = text.value.requires.find((r) => !read.value.roles.has(r.component));
    if (stranger !== undefined) return fail('repo-option', { option: '--requires', problem: `${stranger.component} is no component of this repository, so no machine could meet it` });
    const keys = keysFolder(ports, dir, options.keys ?? read.value.settings.keys);
    if (!keys.ok) return keys;
    const last = catalog.releases[0]?.sequence ?? 0;
    const sequence = asked ?? last + 1;
    if (sequence <= last) return fail('repo-sequence', { sequence, id, last, next: last + 1 });
    const source = readSource(ports, path);
    if (!source.ok) return source;
    const made = await pack(ports, dir, source.value);
    if (!made.ok) return made;
    const same = unchanged(catalog, text.value.channel, made.value);
    if (same !== undefined) return fail('repo-unchanged', { path, id, sequence: same.sequence, version: same.version, channel: same.channel });
    const newest = release(text.value, sequence, made.value);
    const target = writeCatalog(ports, dir, id, catalogBytes({ ...catalog, releases: [newest, ...catalog.releases] }));
    if (!target.ok) return target;
    const role = { id, targets: new Map([[catalogTarget(id), target.value]]) };
    const done = commit(ports, read.value, { role }, { keys: keys.value, now });
    return done.ok ? ok({ id, release: newest, warnings: warnings(read.value, now) }) : done;
  });
}

function findComponent(ports: PublisherPorts, repository: Repository, text: string): Outcome<{ readonly id: ComponentId; readonly catalog: Catalog }, Failure> {
  const id = asComponentId(text);
  const role = repository.roles.get(text);
  if (id === undefined || role === undefined) {
    return fail('repo-component-unknown', { id: text, known: [...repository.roles.keys()].join(', ') || 'none yet' });
  }
  const catalog = currentCatalog(ports, repository, id, role);
  return catalog.ok ? ok({ id, catalog: catalog.value }) : catalog;
}

/** The channel's newest release, where it is this very package. */
function unchanged(catalog: Catalog, channel: string, made: Package): Release | undefined {
  const newest = catalog.releases.find((r) => r.channel === channel);
  return newest?.package.sha256 === made.sha256 ? newest : undefined;
}

/** Roles that publishing does not sign anew and that clients will soon refuse. */
function warnings(repository: Repository, now: number): readonly string[] {
  return (['root', 'targets'] as const).flatMap((role) => {
    const days = Math.floor((repository[role].expires - now) / 86_400_000);
    return days < 30 ? [`The signatures of ${role} ${days < 0 ? 'have ended' : `end in ${days} days`}: clients refuse everything after that.`] : [];
  });
}
