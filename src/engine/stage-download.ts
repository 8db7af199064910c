import { type ComponentId, type Decision, type Delta, type Failure, failureCode, type CodeName, type Http, ok, type Outcome, type Package, type Release, type Route } from '../model/index.ts';
import type { State } from '../state/index.ts';
import { checkSpace, fetchPackage, type Fetched } from '../transfer/index.ts';
import { fallBack } from './fall-back.ts';
import type { Entry, Ledger } from './ledger.ts';
import { watched } from './watchdog.ts';
import type { Network, RunOptions, World } from './world.ts';

export type Download = { readonly entry: Entry; readonly release: Release; readonly route: Route };
export type DeltaRoute = Extract<Route, { kind: 'delta' }>;

/** What a download brought: nothing, as the content is here; a package; or the deltas of a route, in its order. Every file is verified. */
export type Material =
  | { readonly kind: 'kept' }
  | { readonly kind: 'package'; readonly path: string }
  | { readonly kind: 'deltas'; readonly route: DeltaRoute; readonly paths: readonly string[] };

/** What every download of a run needs. */
export type Supply = {
  readonly world: World;
  readonly state: State;
  readonly ledger: Ledger;
  readonly network: Network;
  readonly limits: { readonly idleTimeoutMs: number };
  /** what is being fetched, by sha256: the same bytes for another component are not fetched at the same time */
  readonly inHand: Map<Package['sha256'], Promise<unknown>>;
  readonly options: Pick<RunOptions, 'signal' | 'progress'>;
};

type Wanted = Pick<Package | Delta, 'sha256' | 'size'>;
type Space = { readonly path: string; readonly bytes: number; readonly purpose: string };

/** What installing a release takes: its package or deltas in the cache, what lies between the deltas, and its content beside the installed one. */
function needsOf(state: State, { entry, release, route }: Download): readonly Space[] {
  const { id, installPath } = entry.component;
  const content = { path: entry.inventory?.versions ?? installPath, bytes: release.package.unpackedSize, purpose: `the content of ${id}` };
  const download = { path: state.dir, bytes: route.bytes, purpose: `the ${route.kind === 'delta' ? 'delta' : 'package'} of ${id}` };
  if (route.kind === 'kept') return [content];
  if (route.kind !== 'delta') return [download, content];
  const vendor = vendorBytes(route);
  if (vendor > 0) return [download, { ...content, bytes: content.bytes + vendor }];
  return [download, { path: state.scratch, bytes: scratchBytes(route), purpose: `what lies between the deltas of ${id}` }, content];
}

/** What a vendor's deltas change lies unpacked beside the content, once as parts and once whole. */
function vendorBytes({ steps }: DeltaRoute): number {
  return 2 * Math.max(...steps.map((s) => s.delta.outcome?.size ?? 0));
}

/** The tars that lie in files at the same time: each step but the last writes one while it reads the one before. */
function scratchBytes({ base, steps }: DeltaRoute): number {
  const written = steps.map((s) => s.to.package.unpackedSize).slice(0, -1);
  const all = base === 'package' ? [steps[0]?.from.package.unpackedSize ?? 0, ...written] : written;
  return Math.max(0, ...all.map((bytes, i) => bytes + (all[i + 1] ?? 0)));
}

/** The same by its full package. */
function whole(state: State, one: Download): Download {
  const { package: wanted } = one.release;
  const have = state.packages.known().has(wanted.sha256) ? wanted.size : state.packages.partial(wanted.sha256).length;
  return { ...one, route: { kind: 'full', bytes: Math.max(0, wanted.size - have) } };
}

/**
 * Before a byte is fetched: is there room, on the file systems that will really hold it? Those that fit, in order, are returned, by their
 * full package where that fits and the way by deltas does not; the others fail with 24.
 */
export function fitting(world: World, state: State, ledger: Ledger, wanted: readonly Download[]): readonly Download[] {
  const taken: Space[] = [];
  return wanted.flatMap((one) => {
    const ways = one.route.kind === 'delta' ? [one, whole(state, one)] : [one];
    const rooms = ways.map((way) => ({ way, room: checkSpace(world.ports, [...taken, ...needsOf(state, way)]) }));
    const found = rooms.find(({ room }) => room.ok);
    if (found === undefined) {
      const last = rooms.at(-1)?.room;
      if (last?.ok === false) ledger.fail(one.entry, 'downloading', last.failure);
      return [];
    }
    taken.push(...needsOf(state, found.way));
    return [found.way];
  });
}

/** After these the full package would fare no better. */
const FINAL: ReadonlySet<CodeName> = new Set<CodeName>(['interrupted', 'disk-space', 'state']);

/** Fetches what a release's route asks for, or finds it in the cache, proven either way. A delta that cannot be had gives the full package. */
export async function download(supply: Supply, one: Download): Promise<Outcome<Material, Failure>> {
  const { entry, release, route } = one;
  entry.full = release.package.size;
  if (route.kind === 'kept') return ok({ kind: 'kept' });
  if (route.kind !== 'delta') return packageOf(supply, one);
  const paths: string[] = [];
  for (const { delta } of route.steps) {
    const got = await fetch(supply, entry, delta);
    if (!got.ok) {
      if (FINAL.has(failureCode(got.failure))) return got;
      fallBack(supply.ledger, entry, release, got.failure);
      return packageOf(supply, one);
    }
    paths.push(got.value.path);
  }
  entry.via = 'delta';
  return ok({ kind: 'deltas', route, paths });
}

/** The full package, after the way by deltas failed; its room was not asked for before. */
export async function downloadFull(supply: Supply, one: Download): Promise<Outcome<string, Failure>> {
  const { world, state, ledger } = supply;
  const room = checkSpace(world.ports, needsOf(state, whole(state, one)));
  if (!room.ok) return room;
  const got = await ledger.time(one.entry, 'downloading', () => packageOf(supply, one));
  return got.ok ? ok(got.value.path) : got;
}

async function packageOf(supply: Supply, { entry, release }: Download): Promise<Outcome<Extract<Material, { kind: 'package' }>, Failure>> {
  const got = await fetch(supply, entry, release.package);
  if (!got.ok) return got;
  entry.via = got.value.via;
  return ok({ kind: 'package', path: got.value.path });
}

/** Bytes that another component waits for already come once: whoever asks later finds them in the cache, or tries itself. */
async function fetch(supply: Supply, entry: Entry, what: Wanted): Promise<Outcome<Fetched, Failure>> {
  const { inHand } = supply;
  while (inHand.has(what.sha256)) await inHand.get(what.sha256);
  const got = fetchAlone(supply, entry, what).finally(() => inHand.delete(what.sha256));
  inHand.set(what.sha256, got);
  return got;
}

async function fetchAlone({ world, state, ledger, network, limits, options }: Supply, entry: Entry, what: Wanted): Promise<Outcome<Fetched, Failure>> {
  const got = await watched(world.ports.clock, { stage: 'download', component: entry.component.id }, options.signal, (signal) =>
    fetchPackage({ ...world.ports, http: counting(network.http, entry) }, {
      servers: network.servers,
      package: what,
      store: state.packages,
      idleTimeoutMs: limits.idleTimeoutMs,
      signal,
      progress: (done, total) => options.progress?.({ kind: 'bytes', component: entry.component.id, done, total }),
    }),
  );
  if (got.ok) ledger.notes.push(...got.value.notes);
  return got;
}

/** Counts what comes for a component, also what is of no use in the end. */
function counting(http: Http, entry: Entry): Http {
  return {
    document: (request) => http.document(request),
    stream: (request, sink) =>
      http.stream(request, {
        head: (head) => sink.head(head),
        chunk: (bytes) => {
          entry.downloaded += bytes.length;
          return sink.chunk(bytes);
        },
      }),
    close: () => http.close(),
  };
}

/** The releases that this round installs, in the plan's order. */
export function wantedOf(decisions: readonly Decision[], installs: readonly ComponentId[], ledger: Ledger): readonly Download[] {
  return installs.flatMap((id) => {
    const choice = decisions.find((d) => d.id === id)?.choice;
    const entry = ledger.entries.get(id);
    return choice?.kind === 'install' && entry !== undefined ? [{ entry, release: choice.release, route: choice.route }] : [];
  });
}
