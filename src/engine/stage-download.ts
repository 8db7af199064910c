import { type ComponentId, type Decision, type Failure, ok, type Outcome, type Release } from '../model/index.ts';
import type { State } from '../state/index.ts';
import { checkSpace, fetchPackage } from '../transfer/index.ts';
import type { Entry, Ledger } from './ledger.ts';
import type { Network, RunOptions, World } from './world.ts';

export type Download = { readonly entry: Entry; readonly release: Release };
type Space = { readonly path: string; readonly bytes: number; readonly purpose: string };

/** What installing a release takes: its package in the cache, and its content beside the installed one. */
function needsOf(state: State, { entry, release }: Download): readonly Space[] {
  const have = state.packages.partial(release.package.sha256).length;
  const cached = state.packages.known().has(release.package.sha256);
  return [
    { path: state.dir, bytes: cached ? 0 : Math.max(0, release.package.size - have), purpose: `the package of ${entry.component.id}` },
    {
      path: entry.inventory?.versions ?? entry.component.installPath,
      bytes: release.package.unpackedSize,
      purpose: `the content of ${entry.component.id}`,
    },
  ];
}

/**
 * Before a byte is fetched: is there room, on the file systems that will really hold it? Those that fit, in order, are returned; the
 * others fail with 24.
 */
export function fitting(world: World, state: State, ledger: Ledger, wanted: readonly Download[]): readonly Download[] {
  const taken: Space[] = [];
  return wanted.filter((one) => {
    const needs = needsOf(state, one);
    const room = checkSpace(world.ports, [...taken, ...needs]);
    if (!room.ok) {
      ledger.fail(one.entry, 'downloading', room.failure);
      return false;
    }
    taken.push(...needs);
    return true;
  });
}

/** Fetches one release's package, or finds it in the cache, proven either way. */
export async function download(
  world: World,
  state: State,
  ledger: Ledger,
  network: Network,
  limits: { readonly idleTimeoutMs: number },
  { entry, release }: Download,
  options: Pick<RunOptions, 'signal' | 'progress'>,
): Promise<Outcome<string, Failure>> {
  const id = entry.component.id;
  const got = await fetchPackage(
    { ...world.ports, http: network.http },
    {
      servers: network.servers,
      package: release.package,
      store: state.packages,
      idleTimeoutMs: limits.idleTimeoutMs,
      signal: options.signal,
      progress: (done, total) => options.progress?.({ kind: 'bytes', component: id, done, total }),
    },
  );
  entry.full = release.package.size;
  if (!got.ok) return got;
  entry.via = got.value.via;
  entry.downloaded += got.value.downloaded;
  ledger.notes.push(...got.value.notes);
  return ok(got.value.path);
}

/** The releases that this round installs, in the plan's order. */
export function wantedOf(decisions: readonly Decision[], installs: readonly ComponentId[], ledger: Ledger): readonly Download[] {
  return installs.flatMap((id) => {
    const choice = decisions.find((d) => d.id === id)?.choice;
    const entry = ledger.entries.get(id);
    return choice?.kind === 'install' && entry !== undefined ? [{ entry, release: choice.release }] : [];
  });
}
