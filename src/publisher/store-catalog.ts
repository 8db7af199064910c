import { type Catalog, CATALOG_MAX_BYTES, type ComponentId, fail, type Failure, type Outcome, sha256Of } from '../model/index.ts';
import { parseCatalog } from '../formats/catalog.ts';
import { catalogTarget, FILE_MODE, layout } from './layout.ts';
import { fileOf, type Role } from './metadata.ts';
import { type PublisherPorts, stored } from './ports.ts';
import type { Repository } from './repository.ts';

/** Writes a catalog under its hash, before any metadata names it. Gives what the role signs. */
export function writeCatalog({ files }: PublisherPorts, dir: string, id: string, bytes: Uint8Array): Outcome<ReturnType<typeof fileOf>, Failure> {
  if (bytes.length > CATALOG_MAX_BYTES) return fail('repo-catalog-full', { component: id, size: bytes.length, limit: CATALOG_MAX_BYTES });
  const target = fileOf(bytes);
  const written = stored(files.replace(layout.catalog(dir, id, target.hashes.sha256), bytes, FILE_MODE));
  return written.ok ? { ok: true, value: target } : written;
}

/** The component's catalog as its role names it now. */
export function currentCatalog({ files }: Pick<PublisherPorts, 'files'>, repository: Repository, id: ComponentId, role: Role): Outcome<Catalog, Failure> {
  const target = role.targets.get(catalogTarget(id));
  if (target === undefined) return fail('repo-damaged', { path: layout.metadata(repository.dir), problem: `the role ${id} names no catalog` });
  const path = layout.catalog(repository.dir, id, target.hashes.sha256);
  const bytes = files.read(path, CATALOG_MAX_BYTES);
  if (!bytes.ok) return bytes.failure.kind === 'absent' ? fail('repo-damaged', { path, problem: 'it is missing' }) : stored(bytes);
  if (sha256Of(bytes.value) !== target.hashes.sha256) return fail('repo-damaged', { path, problem: 'its hash is not the one that was signed' });
  const catalog = parseCatalog(id, bytes.value);
  return catalog.ok ? catalog : fail('repo-damaged', { path, problem: catalog.failure });
}
