import { type Content, type Decision, type Installed, isBelowFloor, reason, type Reason, type Release, revocationsOf, type Verdict } from '../model/index.ts';
import { firstStop, judgeRelease } from './gates.ts';
import { routeTo } from './routes.ts';
import { candidatesOf, isRevoked, type Subject } from './subject.ts';

export type Choice = Decision['choice'];
/** A release with every verdict on it. `stop` is the first gate that stops it. */
export type Judged = { readonly release: Release; readonly verdicts: readonly Verdict[]; readonly stop: Verdict | undefined };

function judge(subject: Subject, release: Release, forcedFirst: Release | undefined): Judged {
  const verdicts = judgeRelease(subject, { release, forcedFirst });
  return { release, verdicts, stop: firstStop(verdicts) };
}

/** Only the user's answer is missing. */
export const awaitsAnswer = ({ stop }: Judged): boolean => stop?.reason.code === 'consent-asked';
export const mayGo = (judged: Judged): boolean => judged.stop === undefined;

/** The oldest forced release that is newer than what is installed and that no gate stops. */
function forcedFirstOf(subject: Subject, candidates: readonly Release[]): Release | undefined {
  if (subject.mode === 'withdrawn') return undefined;
  const installed = subject.component.installed?.sequence ?? -1;
  const forced = candidates.filter((r) => r.forced && r.sequence > installed).reverse();
  return forced.find((release) => {
    const judged = judge(subject, release, undefined);
    return mayGo(judged) || awaitsAnswer(judged);
  });
}

/** Judges candidates, the safe release first, else newest first, until one may go or asks its question. */
export function judgeCandidates(subject: Subject): readonly Judged[] {
  const candidates = candidatesOf(subject);
  const forcedFirst = forcedFirstOf(subject, candidates);
  const ordered = subject.safe === undefined ? candidates : [subject.safe, ...candidates.filter((r) => r !== subject.safe)];
  const out: Judged[] = [];
  for (const release of ordered) {
    const judged = judge(subject, release, forcedFirst);
    out.push(judged);
    if (mayGo(judged) || (awaitsAnswer(judged) && subject.mode !== 'withdrawn')) break;
  }
  return out;
}

function whyInstall(subject: Subject, judged: readonly Judged[], release: Release): Reason {
  const { installed, installPath } = subject.component;
  const { sequence, version } = release;
  if (subject.mode === 'withdrawn' && installed !== null) {
    const data = { installed: installed.sequence, sequence, version };
    return release === subject.safe ? reason('revoked-safe', data) : reason('revoked-newest', data);
  }
  if (installed?.sequence === sequence && subject.mode === 'reapply') return reason('reapply', { sequence, version, found: subject.inventory?.outdated ?? '' });
  if (installed?.sequence === sequence) {
    const found = subject.inventory?.detail ?? subject.inventory?.state ?? 'nothing';
    return reason('reinstall-damaged', { sequence, version, found, path: installPath });
  }
  const forced = judged.find((j) => j.release === release)?.verdicts.some((v) => v.reason.code === 'forced-next');
  if (forced === true) return reason('install-forced', { sequence, version });
  const unasked = judged.find((j) => j.release === release)?.verdicts.find((v) => v.reason.code === 'consent-exhausted');
  if (unasked !== undefined) return whyUnasked(release, unasked.reason);
  if (subject.pin !== undefined) {
    const { policyKey, source } = subject.pin;
    return reason('install-pinned', { sequence, version }, { ...(policyKey === undefined ? {} : { policyKey }), ...(source === undefined ? {} : { source }) });
  }
  const newest = judged[0];
  const stop = newest?.stop?.reason;
  if (newest !== undefined && newest.release !== release && stop !== undefined) {
    const { policyKey, source, until } = stop;
    return reason('install-behind', { sequence, version, newest: newest.release.sequence, because: stop.code }, {
      ...(policyKey === undefined ? {} : { policyKey }),
      ...(source === undefined ? {} : { source }),
      ...(until === undefined ? {} : { until }),
    });
  }
  return installed === null ? reason('install-first', { sequence, version }) : reason('install-newer', { sequence, version, installed: installed.sequence });
}

/** The user put it off as often as policy allows. */
function whyUnasked({ sequence, version }: Release, { deferrals = { count: 0, limit: 0 }, policyKey, source }: Reason): Reason {
  const by = policyKey === undefined ? {} : source === undefined ? { policyKey } : { policyKey, source };
  return reason('install-unasked', { sequence, version, ...deferrals }, { ...by, deferrals });
}

/** The install or the question that the last judged candidate leads to; undefined where every candidate was stopped. */
export function chosen(subject: Subject, judged: readonly Judged[]): Choice | undefined {
  const last = judged.at(-1);
  if (last === undefined) return undefined;
  const { release } = last;
  if (mayGo(last)) {
    return { kind: 'install', release, route: routeTo(subject, release), why: whyInstall(subject, judged, release), from: subject.component.installed };
  }
  const question = awaitsAnswer(last) && subject.mode !== 'withdrawn' ? last.stop : undefined;
  return question === undefined ? undefined : { kind: 'ask', release, reason: question.reason };
}

function isSound(subject: Subject, content: Content): boolean {
  const { input, component, catalog } = subject;
  if (revocationsOf(catalog?.revoked ?? [], content).length > 0) return false;
  if (component.contentType === 'agent' && isBelowFloor(input.facts.agentFloor, content.version)) return false;
  return !input.quarantine.some((q) => q.component === component.id && (q.sequence === content.sequence || q.sha256 === content.sha256));
}

/** The last known good that is kept on disk and was not revoked: the registry's previous one first, else the newest. */
function keptGood(subject: Subject): Content | undefined {
  const { previous } = subject.component;
  const sound = (subject.inventory?.kept ?? []).filter((c) => isSound(subject, c)).sort((a, b) => b.sequence - a.sequence);
  return sound.find((c) => c.sha256 === previous?.sha256) ?? sound[0];
}

/** Away from a revoked release when no candidate may go: back to the last known good, or nowhere. */
export function lastResort(subject: Subject, installed: Installed): Choice {
  const { component, withdrawn } = subject;
  const kept = keptGood(subject);
  if (kept !== undefined) {
    const why = reason('revoked-previous', { installed: installed.sequence, sequence: kept.sequence, version: kept.version });
    return { kind: 'restore', to: kept, why, from: installed };
  }
  const data = { component: component.id, sequence: installed.sequence, reason: withdrawn[0]?.reason ?? '' };
  return { kind: 'failed', failure: { why: 'revoked-no-way-out', data } };
}

/** The newest of a list that was not withdrawn, else the newest. */
export function newestOffered(subject: Subject): Release | null {
  return subject.offered.find((r) => !isRevoked(subject.catalog, r)) ?? subject.offered[0] ?? null;
}
