import { dirname, join } from 'node:path';
import { type Component, type ComponentId, type Content, type EngineLife, type Failure, type Installed, type Job, ok, type Outcome, type PlugIn, type Probation, type Release } from '../model/index.ts';
import type { State } from '../state/index.ts';
import type { Entry } from './ledger.ts';
import { beginProbation, provenOf } from './probation.ts';
import type { Bench } from './bench.ts';

/** What an installation has to do with probation. */
export type Trial = {
  /** the component with what is proven of it in `installed` and `previous`: what runs now may be on probation itself */
  readonly proven: Component;
  /** the probation that begins with the release; null: there is none, or its own goes on (a repair) */
  readonly begins: Probation | null;
  /** the one of this very release */
  readonly goesOn: Probation | null;
  /** the one of what was made of this release before, by settings that changed meanwhile */
  readonly remadeBefore: Probation | null;
};

/** Reads what is on probation, and puts together what begins with this release. A state that cannot be read stops the installation. */
export function trialOf(bench: Bench, entry: Entry, release: Release, next: Content): Outcome<Trial, Failure> {
  const listed = bench.state.probations.list();
  if (!listed.ok) return listed;
  const { component, inventory } = entry;
  const proven = provenOf(component, listed.value.probations);
  const open = listed.value.probations.find((p) => p.component.id === component.id && p.next.sha256 === next.sha256 && p.condemned === null) ?? null;
  const goesOn = open?.remade === undefined ? open : null;
  const by = isKept(entry) && proven.installed?.sequence === next.sequence ? ({ remade: 'yes' } as const) : {};
  const good = goodOf(proven, component, inventory?.kept ?? [], next);
  const { now, policyDigest, probation: policy } = bench;
  const begins = goesOn !== null ? null : beginProbation(proven, next, good, release, { policy, policyDigest, now, boot: bench.world.ports.os.bootId() ?? null, ...by });
  return ok({ proven, begins, goesOn, remadeBefore: open?.remade === undefined ? null : open });
}

/** The last known good on disk: what is installed and kept whole, or what was proven before the release that is replaced. */
function goodOf(proven: Component, component: Component, kept: readonly Content[], next: Content): Content | null {
  const { installed } = proven;
  if (installed === null) return null;
  const found = kept.find((k) => k.sequence === installed.sequence);
  if (found !== undefined) return { ...found, ...installed };
  return installed.sequence === component.installed?.sequence ? null : { ...installed, folder: join(dirname(next.folder), String(installed.sequence)) };
}

/** The proven release that is kept beside the two that the registry knows. */
export const earlierInTrial = ({ begins, goesOn, remadeBefore }: Trial): Installed | null => (begins ?? goesOn ?? remadeBefore)?.component.previous ?? null;

/** For `swap` and `finish`: whether what was made of the content before stays, because what is made of it now has yet to prove itself. */
export const keepsWayBack = (probation: Pick<Probation, 'remade'> | null | undefined): Pick<Job, 'wayBack'> => (probation?.remade === undefined ? {} : { wayBack: 'kept' });

/** What was proven here before, made anew by the machine's own settings: these are to blame, and not the release. */
export const isKept = ({ decision }: Entry): boolean => decision?.choice.kind === 'install' && decision.choice.route.kind === 'kept';

/** After the release was confirmed: it alone is on probation, and its engine is the one to watch. */
export async function beginWatch(state: State, { begins, goesOn }: Trial, plugIn: PlugIn, job: Job, engineMs: number): Promise<Outcome<Probation | null, Failure>> {
  const probation = begins ?? goesOn;
  const others = dropOthers(state, job.component.id, probation);
  if (!others.ok) return others;
  if (begins === null) return ok(probation);
  const life = await plugIn.alive?.(job.component, engineMs, job.signal);
  const watched = watchedBy(begins, life);
  if (watched === begins) return ok(begins);
  const kept = state.probations.put(watched);
  return kept.ok ? ok(watched) : kept;
}

function watchedBy(begins: Probation, life: EngineLife | undefined): Probation {
  if (life?.kind === 'up') return { ...begins, engine: life.identity };
  return life?.kind === 'none' && life.ever === 'no' ? { ...begins, watch: 'clock' } : begins;
}

/** Ends the probation of every release of a component but this one: another one is installed. */
export function dropOthers(state: Pick<State, 'probations'>, id: ComponentId, but: Pick<Probation, 'next'> | null): Outcome<undefined, Failure> {
  const listed = state.probations.list();
  if (!listed.ok) return listed;
  const { probations, unreadable } = listed.value;
  const sequences = [
    ...probations.filter((p) => p.component.id === id).map((p) => p.next.sequence),
    ...unreadable.filter((u) => u.component === id).map((u) => u.sequence),
  ].filter((sequence) => sequence !== but?.next.sequence);
  for (const sequence of sequences) {
    const dropped = state.probations.drop(id, sequence);
    if (!dropped.ok) return dropped;
  }
  return ok();
}
