import { type Component, type Decision, type Failure, fail, ok, type Outcome, type Plan, type PlanInput, type PlugIn } from '../model/index.ts';
import type { Bench } from './bench.ts';
import { foreseeInstalls, foreseeRestores } from './foresee.ts';
import type { Ledger } from './ledger.ts';
import { MAX_ROUNDS } from './machine.ts';
import { Pool } from './pool.ts';
import { goBack } from './stage-back.ts';
import { askConsent, type Consents } from './stage-consent.ts';
import { type Download, download, downloadFull, fitting, type Supply, wantedOf } from './stage-download.ts';
import { takeInventory } from './stage-gather.ts';
import { install } from './stage-install.ts';
import type { PlanSources } from './stage-plan.ts';
import type { Network } from './world.ts';

/** What the rounds of a run share. `done`: COMPONENT@SEQUENCE of all that they installed. */
export type Rounds = {
  readonly bench: Bench;
  readonly plugIns: ReadonlyMap<string, PlugIn>;
  readonly policy: PlanSources['policy'];
  readonly network: Network;
  readonly done: Set<string>;
};

/** 'again': the plan is to be made anew. A question that was answered comes with the answers. */
export type Moved = 'again' | 'end' | Consents;

/** Carries out what a plan asks for: downloads, tests, swaps, confirms, and asks where nothing else is left. */
export async function move(rounds: Rounds, input: PlanInput, planned: Plan): Promise<Outcome<Moved, Failure>> {
  const { bench, plugIns, done } = rounds;
  const { ledger, options } = bench;
  await restoreKept(bench, plugIns, planned.decisions);
  const due = wantedOf(planned.decisions, planned.installs, ledger);
  if (due.length === 0) {
    if (options.mode === 'dry-run' || !planned.decisions.some((d) => d.choice.kind === 'ask')) return ok('end');
    // whoever takes their time to answer keeps nothing else from its update
    return askConsent(bench, input, planned);
  }
  const wanted = await permitted(ledger, plugIns, withoutLoops(ledger, done, due));
  if (wanted.length === 0) return ok('again');
  if (ledger.rounds === MAX_ROUNDS || options.signal.aborted) {
    leave(wanted, options.signal.aborted ? 'interrupted' : 'rounds-exhausted');
    return ok('end');
  }
  ledger.rounds += 1;
  const ready = fitting(bench.world, bench.state, ledger, wanted);
  if (options.mode === 'dry-run') foreseeInstalls(ready, bench.now);
  else await takeInventory(plugIns, await round(rounds, ready), ledger, 'quick', options.signal);
  return ok('again');
}

/** Away from a revoked release that leads to no other one: back to kept content, at once. */
async function restoreKept(bench: Bench, plugIns: ReadonlyMap<string, PlugIn>, decisions: readonly Decision[]): Promise<void> {
  if (bench.options.mode === 'dry-run') return foreseeRestores(bench.ledger, decisions, bench.now);
  for (const { id, choice } of decisions) {
    const entry = bench.ledger.entries.get(id);
    const plugIn = entry === undefined ? undefined : plugIns.get(entry.component.plugIn);
    if (choice.kind !== 'restore' || entry === undefined || plugIn === undefined || entry.moved === 'rollback') continue;
    const back = await goBack(bench, plugIn, entry, choice.to, 'install');
    if (!back.ok) bench.ledger.fail(entry, 'restoring', back.failure);
  }
}

function leave(wanted: readonly Download[], why: 'interrupted' | 'rounds-exhausted'): void {
  for (const { entry } of wanted) entry.overrule = why;
}

function withoutLoops(ledger: Ledger, done: ReadonlySet<string>, wanted: readonly Download[]): readonly Download[] {
  return wanted.filter(({ entry, release }) => {
    if (!done.has(`${release.component}@${release.sequence}`)) return true;
    const loop = fail('install-loop', { component: release.component, sequence: release.sequence, path: entry.component.installPath });
    ledger.fail(entry, 'plan', loop.failure);
    return false;
  });
}

/** The plug-in's own word before a byte is fetched: its license, and its pre-conditions. */
async function permitted(ledger: Ledger, plugIns: ReadonlyMap<string, PlugIn>, wanted: readonly Download[]): Promise<readonly Download[]> {
  const allowed: Download[] = [];
  for (const one of wanted) {
    const plugIn = plugIns.get(one.entry.component.plugIn);
    if (plugIn === undefined) continue;
    const licensed = await plugIn.license(one.entry.component, one.release);
    const checked = licensed.ok ? await plugIn.check(one.entry.component, one.release) : licensed;
    if (checked.ok) allowed.push(one);
    else ledger.fail(one.entry, licensed.ok ? 'check' : 'license', checked.failure);
  }
  return allowed;
}

/** Downloads side by side, as many as policy allows; installs one after the other, in the plan's order. Gives what was installed. */
async function round({ bench, plugIns, policy, network, done }: Rounds, ready: readonly Download[]): Promise<readonly Component[]> {
  const { parallel, timeoutSeconds } = policy.policy.download;
  const { world, state, ledger, options } = bench;
  const supply: Supply = { world, state, ledger, network, limits: { idleTimeoutMs: timeoutSeconds * 1000 }, inHand: new Map(), options };
  const fetching = new Pool(parallel, ready, (one) => download(supply, one));
  const moved: Component[] = [];
  try {
    for (const [i, one] of ready.entries()) {
      const { entry, release } = one;
      const plugIn = plugIns.get(entry.component.plugIn);
      if (plugIn === undefined) continue;
      const ended = await install(bench, plugIn, one, { fetch: () => fetching.take(i), full: () => downloadFull(supply, one) });
      // the journal or the registry could not be written: the next run recovers this one
      if (!ended.ok) bench.ledger.fail(entry, 'finish', ended.failure);
      else if (ended.value === 'installed') {
        done.add(`${release.component}@${release.sequence}`);
        moved.push(entry.component);
      }
    }
  } finally {
    await fetching.settled();
  }
  return moved;
}
