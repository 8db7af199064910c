import { catalogBytes } from '../../src/formats/catalog.ts';
import { asComponentId, type Catalog } from '../../src/model/index.ts';
import { commit } from '../../src/publisher/commit.ts';
import { catalogTarget } from '../../src/publisher/layout.ts';
import { readRepository } from '../../src/publisher/repository.ts';
import { currentCatalog, writeCatalog } from '../../src/publisher/store-catalog.ts';
import { must } from './outcome.ts';
import type { TestRepository } from './repository.ts';

/** Signs and publishes a component's catalog again, changed as no command of ours would. */
export function rewriteCatalog({ ports, dir, keys }: Pick<TestRepository, 'ports' | 'dir' | 'keys'>, name: string, change: (catalog: Catalog) => Catalog): void {
  const repository = must(readRepository(ports, dir));
  const id = asComponentId(name);
  const role = repository.roles.get(name);
  if (id === undefined || role === undefined) throw new Error(`no role ${name}`);
  const catalog = must(currentCatalog(ports, repository, id, role));
  const target = must(writeCatalog(ports, dir, id, catalogBytes(change(catalog))));
  must(commit(ports, repository, { roles: new Map([[id, new Map([[catalogTarget(id), target]])]]) }, { keys: [keys], now: ports.at }));
}
