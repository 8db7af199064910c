import { ANY_POLICY, type CodeName, type FailureRow, FAILURES, type QuarantineEntry, reason, type Reason, type Release, revocationsOf, rfc3339 } from '../model/index.ts';
import { rolloutBucket } from './bucket.ts';
import { origin, setBy } from './gates-component.ts';
import type { Setting } from './settings.ts';
import { isInstalled, type Subject } from './subject.ts';

/** The gates by which publisher and policy steer a release: downgrade, revoked, paused, hold, rollout, quarantine, window. */

const HOUR_MS = 3_600_000;

/** Does it lead back to something older than what is installed, and may it? */
export function judgeDowngrade({ component, mode, downgrade }: Subject, release: Release): Reason {
  const { installed } = component;
  const { sequence, version } = release;
  if (installed === null) return reason('nothing-installed', {});
  if (sequence > installed.sequence) return reason('newer', { sequence, installed: installed.sequence });
  if (sequence === installed.sequence) return reason('same-release', { sequence });
  if (mode === 'withdrawn') return reason('replaces-revoked', { sequence, installed: installed.sequence });
  if (downgrade.value) return reason('downgrade-allowed', { sequence, installed: installed.sequence }, origin(downgrade));
  return reason('downgrade-not-allowed', { component: component.id, version, sequence, installed: installed.sequence }, origin(downgrade));
}

/** Did the publisher withdraw it? */
export function judgeRevoked({ catalog }: Subject, release: Release): Reason {
  const [first] = revocationsOf(catalog?.revoked ?? [], { sequence: release.sequence, sha256: release.package.sha256 });
  return first === undefined ? reason('not-revoked', {}) : reason('revoked', { sequence: release.sequence, why: first.reason });
}

/** Did the publisher stop it for everyone who does not have it yet? */
export function judgePaused(subject: Subject, release: Release): Reason {
  if (release.paused && isInstalled(subject, release)) return reason('installed-already', { sequence: release.sequence });
  return release.paused ? reason('paused', { sequence: release.sequence }) : reason('not-paused', {});
}

/** When a release's hold ends and which key says so, the later of hours and until. */
function holdEnd({ hold }: Subject, release: Release): { readonly at: number; readonly by: Setting<number> } | undefined {
  const byHours =
    hold.hours === undefined || hold.hours.value === 0 ? undefined : { at: release.date + hold.hours.value * HOUR_MS, by: hold.hours };
  const byUntil = hold.until === undefined ? undefined : { at: hold.until.value, by: hold.until };
  if (byHours === undefined || byUntil === undefined) return byHours ?? byUntil;
  return byUntil.at > byHours.at ? byUntil : byHours;
}

/** Does policy let it ripen first? */
export function judgeHold(subject: Subject, release: Release): Reason {
  const end = holdEnd(subject, release);
  if (end === undefined) return reason('hold-none', {});
  const { sequence } = release;
  // it ripened elsewhere, or came here before policy said so: damage does not wait for that
  if (isInstalled(subject, release)) return reason('installed-already', { sequence });
  const until = rfc3339(end.at);
  const more = { ...origin(end.by), until: end.at };
  if (end.at <= subject.input.facts.now) return reason('hold-over', { sequence, until }, more);
  if (release.forced && subject.input.policy.policy.rollout.forcedOverridesHold) {
    return reason('hold-overridden', { sequence, until }, { ...setBy(subject, 'rollout.forcedOverridesHold'), until: end.at });
  }
  const note = subject.hold.why === undefined ? '' : ` (${subject.hold.why})`;
  return reason('held', { sequence, until, note, key: end.by.policyKey ?? '' }, more);
}

/** Bucket and percent of a staged release, or null where it is for everyone. */
export function rolloutOf({ input }: Subject, release: Release): { readonly bucket: number; readonly percent: number } | null {
  const { rollout } = release;
  if (rollout === undefined) return null;
  return { bucket: rolloutBucket(input.facts.hostId, release.component, rollout.salt), percent: rollout.percent };
}

/** Is this machine in the rollout yet? */
export function judgeRollout(subject: Subject, release: Release): Reason {
  const place = rolloutOf(subject, release);
  if (place === null) return reason('rollout-all', {});
  if (isInstalled(subject, release)) return reason('installed-already', { sequence: release.sequence });
  const from = release.rollout?.from;
  const { sequence } = release;
  if (from !== undefined && from > subject.input.facts.now) {
    return reason('rollout-not-started', { sequence, until: rfc3339(from) }, { until: from });
  }
  return place.bucket < place.percent ? reason('rollout-in', place) : reason('rollout-not-yet', { sequence, ...place });
}

/** Did it fail here before, under the same policy? */
export function judgeQuarantine({ input }: Subject, release: Release): Reason {
  const { component, sequence } = release;
  const entries = input.quarantine
    .filter((q) => q.component === component && (q.sequence === sequence || q.sha256 === release.package.sha256))
    .sort((a, b) => b.since - a.since);
  if (entries.length === 0) return reason('not-quarantined', {});
  const inForce = entries.find((q) => q.policyDigest === input.policy.digest || q.policyDigest === ANY_POLICY);
  if (inForce === undefined) return reason('quarantine-ended', { sequence });
  if (input.asked.force === 'yes') return reason('quarantine-forced', { sequence });
  return reason('quarantined', { component, sequence, since: rfc3339(inForce.since), why: found(inForce) });
}

/** What a release is left alone for, by the code of the failure that it was. */
const FOUND: Partial<Readonly<Record<CodeName, string>>> = {
  download: 'it could not be downloaded in three runs',
  unpack: 'it could not be unpacked',
  'content-test': 'it failed its content test',
  install: 'it was in place and was taken back',
};

/** In words, with the name of the failure by which history and log know more. */
function found({ why }: Pick<QuarantineEntry, 'why'>): string {
  if (why === 'rolled-back') return 'somebody rolled it back';
  const row: FailureRow | undefined = Object.entries(FAILURES).find(([name]) => name === why)?.[1];
  const words = row === undefined ? undefined : FOUND[row.code];
  return words === undefined ? why : `${words} (${why})`;
}

/** May runs install anything now? A revoked release is left at once, also where the publisher named no safe one. */
export function judgeWindow(subject: Subject, release: Release): Reason {
  const { input, window, mode } = subject;
  if (input.policy.policy.schedule.windows.length === 0) return reason('window-none', {});
  const { open, opensAt, closesAt } = window;
  const by = setBy(subject, 'schedule.windows');
  if (open && closesAt === null) return reason('window-always', {}, by);
  if (open && closesAt !== null) return reason('window-open', { until: rfc3339(closesAt) }, { ...by, until: closesAt });
  const opens = { opens: rfc3339(opensAt) };
  if (mode === 'withdrawn') return reason('window-withdrawn', opens, by);
  if (input.asked.force === 'yes') return reason('window-passed', opens, by);
  const { forcedOverridesWindow } = input.policy.policy.rollout;
  if (release.forced && forcedOverridesWindow) return reason('window-overridden', { sequence: release.sequence, ...opens }, setBy(subject, 'rollout.forcedOverridesWindow'));
  const more = { ...by, until: opensAt };
  if (mode !== 'repair') return reason('window', { until: opens.opens }, more);
  return reason('window-damaged', { found: subject.inventory?.detail ?? subject.inventory?.state ?? 'nothing', until: opens.opens }, more);
}
