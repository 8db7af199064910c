import { type CodeName, type Content, type Failure, failureCode, type Final, type Job, type JournalEntry, ok, type Outcome, type PlugIn, type Policy, PROBATION_DEFAULTS, type QuarantineEntry, type Release, type Working } from '../model/index.ts';
import { writeActive } from '../registry/index.ts';
import { installedAs } from './after.ts';
import { attempt, type AttemptEnd, contentActs } from './attempt.ts';
import type { Bench } from './bench.ts';
import { blame } from './blame.ts';
import { type Entry, leftBehind, mends } from './ledger.ts';
import type { Download, Material } from './stage-download.ts';
import { ENGINE_MS } from './probation.ts';
import { noteRestart } from './restarts.ts';
import { dropDeltas, unpack } from './stage-unpack.ts';
import { beginWatch, earlierInTrial, isKept, keepsWayBack, type Trial, trialOf } from './trial.ts';

/** The content of a release, where it will be unpacked. */
function contentOf(entry: Entry, release: Release): Content {
  const versions = entry.inventory?.versions ?? `${entry.component.installPath}.glued`;
  return {
    sequence: release.sequence,
    version: release.version,
    date: release.date,
    sha256: release.package.sha256,
    folder: `${versions}/${release.sequence}`,
  };
}

/** What is installed now, as content that can be put back; null where nothing whole is there. */
function previousOf(entry: Entry): Content | null {
  const { installed } = entry.component;
  if (installed === null || entry.inventory === null) return null;
  const kept = entry.inventory.kept.find((k) => k.sequence === installed.sequence);
  return kept === undefined ? null : { ...kept, ...installed };
}

/** How one release's bytes come: as its route says, and by its full package where that fails. */
export type Bringing = { readonly fetch: () => Promise<Outcome<Material, Failure>>; readonly full: () => Promise<Outcome<string, Failure>> };

/**
 * Takes one release from its download to installed, refused, rolled back or broken. Only a refusal of the content itself quarantines the
 * release; a full disk or an interruption does not.
 */
export async function install(bench: Bench, plugIn: PlugIn, one: Download, bringing: Bringing): Promise<Outcome<Final, Failure>> {
  const { state, ledger, options } = bench;
  const { entry, release } = one;
  const next = contentOf(entry, release);
  const previous = previousOf(entry);
  const base = { runId: bench.runId, component: entry.component.id, snapshot: entry.component, next, previous, kind: 'install' as const, restart: release.restart };
  const trial = trialOf({ ...bench, probation: probationFor(plugIn, bench.probation) }, entry, release, next);
  if (!trial.ok) return trial;
  const wayBack = keepsWayBack(trial.value.remadeBefore);
  const job = { component: entry.component, next, previous, verify: bench.verify, scratch: state.scratch, now: bench.now, signal: options.signal, ...wayBack };
  let material: Material = { kind: 'package', path: '' };
  const announce = (stage: string) => options.progress?.({ kind: 'stage', component: entry.component.id, stage });
  const content = contentActs(plugIn, job, (loaded) => {
    entry.loaded = loaded;
  });
  const walked = await attempt(
    { ledger, entry, journal: state.journal, now: bench.now },
    base,
    'downloading',
    {
      downloading: async () => {
        announce('download');
        const got = await bringing.fetch();
        if (got.ok) material = got.value;
        return got;
      },
      unpacking: () => {
        announce('unpack');
        return unpack(bench, one, next, material, bringing.full);
      },
      testing: async () => {
        announce('test');
        const tested = await plugIn.test(job);
        if (tested.ok) ledger.notes.push(...(tested.value?.notes ?? []));
        return tested;
      },
      ...content,
      // durable before the engine hears of the new content: whatever happens then finds it
      swapping: async () => {
        const begun = trial.value.begins === null ? ok() : state.probations.put(trial.value.begins);
        return begun.ok ? plugIn.swap(job) : begun;
      },
    },
    () => options.signal.aborted,
  );
  if (!walked.ok) return walked;
  if (walked.value.end === 'installed') dropDeltas(bench, one);
  return conclude(bench, plugIn, entry, release, base, job, trial.value, walked.value);
}

/** What must do work of its own is never without probation, whatever policy says. */
function probationFor({ prove }: PlugIn, policy: Policy['probation']): Policy['probation'] {
  return prove === undefined || policy.minutes > 0 ? policy : { ...policy, minutes: PROBATION_DEFAULTS.minutes };
}

async function conclude(
  bench: Bench,
  plugIn: PlugIn,
  entry: Entry,
  release: Release,
  base: Omit<JournalEntry, 'stage' | 'at'>,
  job: Parameters<PlugIn['finish']>[0],
  trial: Trial,
  ended: AttemptEnd,
): Promise<Outcome<Final, Failure>> {
  const { state, ledger, world } = bench;
  if (ended.end === 'installed') {
    const component = installedAs(entry.component, base.next, bench.now, trial.proven);
    const written = writeActive(world.ports, state.dir, component);
    if (!written.ok) return written;
    entry.component = component;
    entry.moved = release;
    const choice = entry.decision?.choice;
    if (choice?.kind === 'install' && mends(choice.why)) entry.mended = choice.why;
    const watched = await beginWatch(state, trial, plugIn, { ...job, component }, ENGINE_MS);
    if (!watched.ok) return watched;
    entry.probation = watched.value === null ? null : { until: watched.value.until };
    entry.proving = watched.value === null || plugIn.prove === undefined ? null : { job, probation: watched.value };
    // older ones that failed wait until this one is proven: where it fails too, they would be next
    const forgiven = state.quarantine.forgive(component.id, release.sequence, watched.value === null ? 0 : release.sequence);
    const forgotten = forgiven.ok ? state.refusedDeltas.forgive(component.id, release.sequence) : forgiven;
    const answered = forgotten.ok ? state.deferrals.forgive(component.id, release.sequence) : forgotten;
    const noted = answered.ok ? await noteRestart(world.ports, state, ledger, component, release.restart, bench.now) : answered;
    if (!noted.ok) return noted;
  }
  if (ended.end === 'abandoned') entry.overrule = 'interrupted';
  else {
    if (ended.failure !== null && !bench.options.signal.aborted && !isKept(entry)) quarantine(bench, release, ended.failure, ended.failedStage);
    blame(ledger, entry, ended);
  }
  if (ended.end === 'rolledBack') entry.restored = true;
  if (ended.end === 'broken') return ok('broken');
  const unbegun = isUnbegun(trial, ended) ? state.probations.drop(entry.component.id, release.sequence) : ok();
  if (!unbegun.ok) return unbegun;
  const cleared = state.journal.clear(entry.component.id);
  if (!cleared.ok) return cleared;
  const finished = await ledger.time(entry, 'finish', () => plugIn.finish(finishing(job, entry, trial, ended)));
  if (!finished.ok) ledger.notes.push(leftBehind(entry.component.id));
  return ok(ended.end);
}

/** Nothing of what was to begin is there, nor what was on probation before it and made way. */
function isUnbegun({ begins, remadeBefore }: Trial, { end }: AttemptEnd): boolean {
  if (end === 'rolledBack') return (begins ?? remadeBefore) !== null;
  return end !== 'installed' && begins !== null && remadeBefore === null;
}

function finishing(job: Job, { component }: Entry, trial: Trial, { end }: AttemptEnd): Job {
  const { wayBack: _, ...plain } = job;
  return { ...plain, component, earlier: earlierInTrial(trial), ...keepsWayBack(end === 'installed' ? trial.begins : trial.remadeBefore) };
}

/** A failure of these stages may be the content's own. */
const PROVING: ReadonlySet<Working | null> = new Set<Working>(['unpacking', 'testing', 'confirming']);
/** Codes that speak of the content; a full disk or a missing engine is the machine's fault and never condemns it. */
const CONDEMNING: ReadonlySet<CodeName> = new Set<CodeName>(['unpack', 'content-test', 'install']);

/** A folder that may not be written, or a disk that fails: with the code of content that does not unpack, and the machine's fault. */
const MACHINES_FAULT: ReadonlySet<Failure['why']> = new Set<Failure['why']>(['unpack-write']);

/** Downloads that failed for the servers' or the network's sake: however often, that says nothing of the release. */
const INNOCENT: ReadonlySet<Failure['why']> = new Set<Failure['why']>(['package-unreachable', 'package-some-cooling']);

/** Content that failed unpacking, its test or its confirmation is left alone at once, one that failed to download after three runs. */
function quarantine(bench: Bench, release: Release, failure: Failure, stage: Working | null): void {
  const code = failureCode(failure);
  const condemns = PROVING.has(stage) && CONDEMNING.has(code) && !MACHINES_FAULT.has(failure.why);
  if (!condemns && (code !== 'download' || INNOCENT.has(failure.why))) return;
  const entry: QuarantineEntry = {
    component: release.component,
    sequence: release.sequence,
    sha256: release.package.sha256,
    why: failure.why,
    since: bench.now,
    policyDigest: bench.policyDigest,
  };
  const kept = condemns ? bench.state.quarantine.add(entry) : bench.state.quarantine.downloadFailed(entry);
  if (!kept.ok) bench.ledger.failRun('quarantine', kept.failure, release.component);
}
