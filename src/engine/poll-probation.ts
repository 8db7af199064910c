import { type Failure, type Instant, type Outcome, type Probation, type RunDocument, runId } from '../model/index.ts';
import { type Registry, scanRegistry } from '../registry/index.ts';
import { createProbations, type State } from '../state/index.ts';
import { hold, holding } from './hold.ts';
import { Ledger } from './ledger.ts';
import { documentNow, keepNow, type OfflineRun, policyOrNone } from './offline.ts';
import { placeOf, withPlugIns } from './plugins-of-run.ts';
import { ENGINE_MS } from './probation.ts';
import { settleRestarts } from './restarts.ts';
import { judgeProbations, noticeStart } from './stage-probation.ts';
import type { Undoing } from './stage-undo.ts';
import type { RunOptions, World } from './world.ts';

/** How often an engine on probation is looked at. */
const EVERY_MS = 30_000;

/** What a look came to. */
export type Polled = { readonly nextPollAt: Instant | null; readonly endsAt: Instant | null; readonly document: RunDocument | null };

/**
 * Looks once at all content on probation. Gives when to look again (null: nothing is on probation), when the last of it ends, and the document
 * where something had to go back or could not be judged: it is kept like a run's. Where a run has the state, that run looks itself. For the daemon, between
 * its runs: it never asks a server.
 */
export async function pollProbation(world: World, options: RunOptions): Promise<Polled> {
  const { ports } = world;
  const startedAt = ports.clock.now();
  const before = openOf(world, options);
  if (before.length === 0) return { ...nextPoll([], startedAt), document: null };
  const held = hold(world, options, startedAt);
  if (!held.ok) return { ...nextPoll(before, startedAt), document: null };
  const ledger = new Ledger(ports.clock);
  return holding(held.value, async (state) => {
    const policy = await policyOrNone(world, options);
    const run = { runId: runId(startedAt, ports.random.bytes(10)), startedAt, policy, options };
    const bench = { world, state, ledger, now: startedAt, runId: run.runId, signal: options.signal };
    const judged = await withPlugIns(world, policy, state.scratch, placeOf(world, ledger, options), (plugIns) => judgeAll({ ...bench, plugIns }));
    if (!judged.ok) ledger.failRun('probation', judged.failure);
    const document = ledger.errors.length === 0 ? null : await told(world, state, ledger, run);
    return { ...nextPoll(openOf(world, options), startedAt), document };
  });
}

async function told(world: World, state: State, ledger: Ledger, run: OfflineRun): Promise<RunDocument> {
  await settleRestarts(world.ports, state, ledger, run.startedAt, 'run');
  ledger.notes.unshift(...state.notes);
  return keepNow(world, state, ledger, run, documentNow(world, ledger, run));
}

async function judgeAll(bench: Undoing): Promise<Outcome<undefined, Failure>> {
  const { world, state, ledger, now } = bench;
  const noticed = noticeStart(world.ports, state, now, 'ignore');
  if (!noticed.ok) return noticed;
  const open = state.journal.list();
  if (!open.ok) return open;
  // what a run left unfinished is for the next run or `recover` to finish
  const { components, setAside } = registeredIn(world, state.dir, now);
  ledger.setAside = setAside;
  const resting = components.filter((c) => !open.value.some((e) => e.component === c.id));
  return judgeProbations({ ...bench, engineMs: ENGINE_MS }, resting);
}

function registeredIn({ ports }: World, stateDir: string, now: Instant): Pick<Registry, 'components' | 'setAside'> {
  const scanned = scanRegistry(ports, stateDir, now, 'read');
  return scanned.ok ? scanned.value : { components: [], setAside: [] };
}

function openOf({ ports }: World, { stateDir }: RunOptions): readonly Probation[] {
  const listed = createProbations(ports, stateDir).list();
  return listed.ok ? listed.value.probations : [];
}

/** Soon, and no later than when one of them ends. */
function nextPoll(open: readonly Probation[], now: Instant): Omit<Polled, 'document'> {
  if (open.length === 0) return { nextPollAt: null, endsAt: null };
  const ends = open.map((p) => p.until);
  return { nextPollAt: Math.min(now + EVERY_MS, ...ends.filter((until) => until > now)), endsAt: Math.max(...ends) };
}
