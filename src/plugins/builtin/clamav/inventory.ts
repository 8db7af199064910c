import { join } from 'node:path';
import { type Component, type Failure, type Inventory, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { type Depth, installedProblem } from '../../content.ts';
import type { EngineVersion } from '../../engine-version.ts';
import { vendorMade } from '../../vendor-made.ts';
import { keptContents } from '../../versions.ts';
import { askClamd, engineOf } from './clamd.ts';
import { freshclamOn } from './freshclam.ts';
import { placedFiles, siblings, versionsOf } from './layout.ts';

type Files = Ports['files'];
type State = Pick<Inventory, 'state' | 'detail'>;

const ASK_TIMEOUT_MS = 2000;

/**
 * What is in the engine's folder, against what the registry says; what clamd runs, where it runs; the engine's version, from clamd or
 * else from the installed scanner.
 */
export async function takeInventory(
  ports: Pick<Ports, 'files' | 'sockets' | 'os'>,
  engineVersion: EngineVersion,
  component: Component,
  depth: Depth,
  signal: AbortSignal,
): Promise<Outcome<Inventory, Failure>> {
  const versions = versionsOf(component);
  const kept = keptContents(ports.files, component, versions, depth);
  const asked = await askClamd(ports, component, 'VERSION', ASK_TIMEOUT_MS);
  const loaded = asked.ok ? asked.value : null;
  const running = loaded === null ? null : engineOf(loaded);
  return ok({ ...stateOf(ports, component, versions, depth), loaded, engineVersion: running ?? (await engineVersion(component, signal)), versions, kept, ...vendorMade(ports.files, kept) });
}

function stateOf(ports: Pick<Ports, 'files' | 'os'>, component: Component, versions: string, depth: Depth): State {
  const { files } = ports;
  const folder = files.statFollowing(component.installPath);
  if (folder.ok && folder.value.type !== 'folder') return { state: 'foreign', detail: `${component.installPath} is no folder` };
  const { installed } = component;
  // the engine's folder is shared: what others put there is not foreign until we install under the same names
  if (installed === null) return { state: 'absent' };
  const problem = problemAt(files, component, { ...installed, folder: join(versions, String(installed.sequence)) }, depth);
  if (problem === undefined) return { state: 'whole' };
  const freshclam = freshclamOn(ports, component);
  return { state: 'damaged', detail: freshclam === undefined ? problem : `${problem}; freshclam (process ${freshclam}) updates this folder too` };
}

/** Why the engine's folder does not hold exactly this content, or undefined. */
export function problemAt(files: Files, component: Component, content: Parameters<typeof placedFiles>[2], depth: Depth): string | undefined {
  const placed = placedFiles(files, component, content);
  if (!placed.ok) return placed.failure;
  for (const { entry, kept, path } of placed.value) {
    const problem = installedProblem(files, path, kept, entry, depth);
    if (problem !== undefined) return problem;
  }
  const other = siblings(placed.value).find((name) => files.stat(join(component.installPath, name)).ok);
  return other === undefined ? undefined : `${join(component.installPath, other)} holds the same database in another form, as freshclam keeps it`;
}
