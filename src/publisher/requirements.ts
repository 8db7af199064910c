import { type Catalog, fail, type Failure, failure, ok, type Outcome, type Release } from '../model/index.ts';
import { findComponent } from './component-catalog.ts';
import type { PublisherPorts } from './ports.ts';
import type { Repository } from './repository.ts';
import { revocationOf } from './revocations.ts';

type Requirement = Release['requires'][number];

/** Refuses requirements that no machine could meet now (`--requires`). */
export function meetable(ports: PublisherPorts, repository: Repository, requires: readonly Requirement[]): Outcome<undefined, Failure> {
  for (const requirement of requires) {
    const { component } = requirement;
    if (!repository.roles.has(component)) return refused(`${component} is no component of this repository, so no machine could meet it`);
    const found = findComponent(ports, repository, component);
    if (!found.ok) return found;
    const problem = unmeetable(requirement, found.value.catalog);
    if (problem !== undefined) return refused(problem);
  }
  return ok();
}

const refused = (problem: string): Outcome<never, Failure> => fail('repo-option', { option: '--requires', problem });

/** Why no machine can have what is required, with the nearest that it can have; undefined where it can. Revoked releases are none that a machine may have. */
function unmeetable({ component, minSequence }: Requirement, catalog: Catalog): string | undefined {
  const newest = catalog.releases.find((r) => revocationOf(catalog, r) === undefined);
  if (newest !== undefined && newest.sequence >= minSequence) return undefined;
  const nearest = newest === undefined ? 'it has none that is not revoked' : `its newest that is not revoked is ${newest.sequence} (${newest.version})`;
  return `${component} has no release ${minSequence} or newer, so no machine could meet it; ${nearest}`;
}

/** A catalog, and the file that it was read from. */
export type CatalogRead = { readonly file: string; readonly catalog: Catalog };

/** Releases that machines wait for in vain. What a component requires whose own catalog could not be read is left to the problem that says so. */
export function vainRequirements(read: readonly CatalogRead[], components: ReadonlySet<string>): readonly Failure[] {
  const known = new Map(read.map(({ catalog }) => [catalog.component, catalog]));
  return read.flatMap(({ file, catalog }) =>
    catalog.releases
      .filter((release) => revocationOf(catalog, release) === undefined)
      .flatMap(({ sequence, requires }) =>
        requires.flatMap((requirement) => {
          const { component } = requirement;
          const other = known.get(component);
          if (other === undefined && components.has(component)) return [];
          const problem = other === undefined ? `${component} is no component of this repository` : unmeetable(requirement, other);
          return problem === undefined ? [] : [failure('check-requirement', { file, id: catalog.component, sequence, component, minSequence: requirement.minSequence, problem })];
        }),
      ),
  );
}
