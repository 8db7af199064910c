import { asComponentId, type Catalog, type ComponentId, type Failure, fail, ok, type Outcome } from '../model/index.ts';
import type { PublisherPorts } from './ports.ts';
import type { Repository } from './repository.ts';
import { currentCatalog } from './store-catalog.ts';

/** A component of the repository, with its catalog as it is signed now; the ids that there are where it is unknown. */
export function findComponent(ports: PublisherPorts, repository: Repository, text: string): Outcome<{ readonly id: ComponentId; readonly catalog: Catalog }, Failure> {
  const id = asComponentId(text);
  const role = repository.roles.get(text);
  if (id === undefined || role === undefined) {
    return fail('repo-component-unknown', { id: text, known: [...repository.roles.keys()].join(', ') || 'none yet' });
  }
  const catalog = currentCatalog(ports, repository, id, role);
  return catalog.ok ? ok({ id, catalog: catalog.value }) : catalog;
}
