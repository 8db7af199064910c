import { type Decision, failure, type Installed, reason, type Reason, reasonMeans, type Verdict } from '../model/index.ts';
import { origin } from './gates-component.ts';
import { chosen, type Choice, type Judged, judgeCandidates, lastResort, newestOffered } from './choose.ts';
import { firstStop, judgeComponent, judgeNothing } from './gates.ts';
import { rolloutOf } from './gates-release.ts';
import type { Subject } from './subject.ts';

/** Decides one component as if it were alone; what forced releases of others mean for it comes afterwards. */
export function decide(subject: Subject): Decision {
  const general = judgeComponent(subject);
  const judged = judgeCandidates(subject);
  const available = newestOffered(subject);
  const choice = choose(subject, firstStop(general), judged);
  const spokenOf = choice.kind === 'install' || choice.kind === 'ask' ? choice.release : available;
  return {
    id: subject.component.id,
    verdicts: [...general, ...withdrawal(subject), ...releaseVerdicts(subject, judged)],
    available,
    rollout: spokenOf === null ? null : rolloutOf(subject, spokenOf),
    choice,
  };
}

function releaseVerdicts(subject: Subject, judged: readonly Judged[]): readonly Verdict[] {
  if (judged.length > 0) return judged.flatMap((j) => j.verdicts);
  return judgeNothing(subject.offered.length === 0 ? 'there is no release to look at' : 'nothing newer than what is installed is allowed');
}

function withdrawal({ component, withdrawn }: Subject): readonly Verdict[] {
  const first = withdrawn[0];
  if (component.installed === null || first === undefined) return [];
  const { sequence } = component.installed;
  return [{ gate: 'revoked', outcome: 'note', reason: reason('revoked-installed', { sequence, why: first.reason }), sequence }];
}

function choose(subject: Subject, stop: Verdict | undefined, judged: readonly Judged[]): Choice {
  const isStopped = stop !== undefined && !(subject.mode === 'withdrawn' && (stop.gate === 'channel' || stop.gate === 'pin'));
  if (isStopped) return stopped(subject, stop.reason);
  const found = chosen(subject, judged);
  if (found !== undefined) return found;
  const { installed } = subject.component;
  if (subject.mode === 'withdrawn' && installed !== null) return lastResort(subject, installed);
  return stay(subject, judged);
}

function stopped(subject: Subject, why: Reason): Choice {
  const { component, state } = subject;
  if (state.kind === 'failed' && why.code === 'catalog-failed') return { kind: 'failed', failure: state.failure };
  if (why.code === 'plug-in-missing') {
    return { kind: 'failed', failure: failure('plugin-absent', { component: component.id, plugIn: component.plugIn }) };
  }
  return waiting(why);
}

/** Nothing may go: what stopped the newest, or that there is nothing newer. */
function stay(subject: Subject, judged: readonly Judged[]): Choice {
  const { installed } = subject.component;
  const stops = judged.flatMap((j) => (j.stop === undefined || j.stop.reason.code === 'revoked' || isSameElsewhere(j, installed) ? [] : [j.stop]));
  // what only waits for a window comes first, whatever keeps a newer one
  const stop = stops.find((s) => s.gate === 'window') ?? stops[0];
  if (stop !== undefined) return waiting(stop.reason);
  const revoked = judged[0]?.stop;
  if (installed === null && revoked !== undefined) return waiting(revoked.reason);
  if (subject.mode === 'repair' && installed !== null) {
    const found = subject.inventory?.detail ?? subject.inventory?.state ?? 'nothing';
    return { kind: 'failed', failure: failure('damaged-not-offered', { component: subject.component.id, sequence: installed.sequence, found }) };
  }
  return { kind: 'current', reason: whyCurrent(subject) };
}

/** What is installed here, in its edition for another system or processor: nothing to wait for. */
function isSameElsewhere({ release, stop }: Judged, installed: Installed | null): boolean {
  const isElsewhere = stop?.reason.code === 'os-unfit' || stop?.reason.code === 'arch-unfit';
  return isElsewhere && release.version === installed?.version;
}

const waiting = (why: Reason): Choice => ({ kind: reasonMeans(why) === 'deferred' ? 'deferred' : 'skipped', reason: why });

function whyCurrent(subject: Subject): Reason | null {
  const { component, pin, channel } = subject;
  const { installed } = component;
  if (installed === null) return null;
  const { sequence, version } = installed;
  if (pin !== undefined) return reason('pinned', { sequence, version }, origin(pin));
  const newest = newestOffered(subject)?.sequence ?? sequence;
  if (newest < sequence) return reason('newer-installed', { sequence, newest, channel: channel.value, component: component.id }, origin(channel));
  return reason('up-to-date', { sequence, version });
}
