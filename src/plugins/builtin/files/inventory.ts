import { join } from 'node:path';
import { type Component, type Content, type Failure, failed, type Inventory, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { contentProblem, type Depth, fileEntries, filesOf, installedProblem, manifestOf } from '../../content.ts';
import { readFailed } from '../../io-failures.ts';
import { servedOf } from '../../served.ts';
import { keptContents } from '../../versions.ts';
import { foreignAt, linkTo, standingAt, type Standing, versionsOf } from './install-path.ts';

type Files = Ports['files'];
type State = Pick<Inventory, 'state' | 'detail'>;

/** What is at the install path, against what the registry says is installed. */
export function takeInventory(files: Files, component: Component, depth: Depth): Outcome<Inventory, Failure> {
  const standing = standingAt(files, component);
  if (!standing.ok) return failed(readFailed(component.id, standing.failure));
  const versions = versionsOf(component);
  const kept = keptContents(files, component, versions, depth);
  return ok({ ...stateOf(files, component, standing.value, versions, depth), loaded: null, engineVersion: null, versions, kept });
}

function stateOf(files: Files, component: Component, standing: Standing, versions: string, depth: Depth): State {
  const path = component.installPath;
  const { installed } = component;
  const foreign = foreignAt(files, component, standing, null);
  if (foreign !== undefined) return { state: 'foreign', detail: `${path} is ${foreign}` };
  if (installed === null) {
    if (standing.kind === 'absent') return { state: 'absent' };
    if (standing.kind === 'file') return { state: 'absent', detail: `${path} is a file that glued did not put there; the first release takes its place` };
    if (standing.kind !== 'ours') return { state: 'foreign', detail: `${path} is ${standing.found}` };
    return { state: 'damaged', detail: `${path} is a link to release ${standing.sequence}, which the registry does not know` };
  }
  const problem = problemAt(files, component, standing, { ...installed, folder: join(versions, String(installed.sequence)) }, depth);
  return problem === undefined ? { state: 'whole' } : { state: 'damaged', detail: problem };
}

/** Why the install path is not exactly this content, or undefined. */
export function problemAt(files: Files, component: Component, standing: Standing, content: Content, depth: Depth): string | undefined {
  const path = component.installPath;
  const served = servedOf(files, content);
  const manifest = manifestOf(files, served.folder);
  if (!manifest.ok) return manifest.failure;
  switch (standing.kind) {
    case 'absent':
      return `${path} is missing`;
    case 'other':
      return `${path} is ${standing.found}`;
    case 'ours':
      if (manifest.value.shape === 'file') return `${path} is a link, and release ${content.sequence} is a file`;
      if (standing.sequence !== content.sequence) return `${path} is a link to release ${standing.sequence} and not to ${content.sequence}`;
      if (standing.target !== linkTo(files, component, content)) return `${path} is a link to ${standing.target} and not to ${linkTo(files, component, content)}`;
      return contentProblem(files, served.folder, manifest.value, depth);
    case 'file': {
      const [entry] = fileEntries(manifest.value);
      if (manifest.value.shape === 'tree' || entry === undefined) return `${path} is a file, and release ${content.sequence} is a folder`;
      return installedProblem(files, path, join(filesOf(served), entry.path), entry, depth);
    }
  }
}
