import type { Instant } from './ids.ts';
import { fill, type Slots } from './slots.ts';

/** What a reason says of a component or a candidate. pass and note let it through; skipped is for good until someone acts, deferred ends by itself. */
export type Meaning = 'pass' | 'note' | 'install' | 'current' | 'skipped' | 'deferred' | 'failed';

/** One row of the table of reasons: why a component is where it is. `{name}` is filled from the reason's data. */
export type ReasonRow = { readonly means: Meaning; readonly text: string; readonly remedy: string };

/** Every reason that a gate, or the engine, can give (DESIGN, Results: components[].reason.code). */
export const REASONS = {
  'not-judged': { means: 'note', text: 'Not judged: {because}.', remedy: '' },

  asked: { means: 'pass', text: 'This run is about it.', remedy: '' },
  'not-asked': {
    means: 'skipped',
    text: 'This run was about other components or content types only.',
    remedy: 'Run without --content and --component, or name it there.',
  },

  enabled: { means: 'pass', text: 'Content type {type} and the component are on.', remedy: '' },
  disabled: {
    means: 'skipped',
    text: 'Policy turns it off: {key} is false, so not even its metadata is fetched.',
    remedy: 'Set {key} to true where it should be kept current.',
  },

  'plug-in-present': { means: 'pass', text: 'The plug-in {plugIn} is there.', remedy: '' },
  'plug-in-missing': {
    means: 'failed',
    text: 'The plug-in {plugIn} is neither built in nor allowed by plugins.allow.',
    remedy: 'Correct PlugIn in the registry entry of the component, or allow the plug-in in plugins.allow.',
  },

  'catalog-read': { means: 'pass', text: 'The signed catalog was read; it lists {count} releases.', remedy: '' },
  'not-published': {
    means: 'skipped',
    text: 'The content server does not publish {component}.',
    remedy: 'Publish it (glued repo add, glued repo publish), correct its ComponentID, or remove it (glued registry remove {component}).',
  },
  'catalog-not-fetched': {
    means: 'deferred',
    text: 'The catalog of {component} was not fetched.',
    remedy: 'Run glued run; if it is not fetched then, its errors say why.',
  },
  'catalog-failed': {
    means: 'failed',
    text: 'The catalog of {component} cannot be used: {problem}',
    remedy: 'See the error of this component.',
  },

  'channel-offers': { means: 'pass', text: 'Channel {channel} offers {count} releases, the newest is {sequence} ({version}).', remedy: '' },
  'channel-empty': {
    means: 'skipped',
    text: 'No release of {component} is in channel {channel}.',
    remedy: 'Publish a release to channel {channel}, or choose another channel by {key}.',
  },

  'pin-none': { means: 'pass', text: 'No version is pinned.', remedy: '' },
  'pin-met': { means: 'pass', text: 'Policy pins version {version}: that is release {sequence}.', remedy: '' },
  'pin-unmet': {
    means: 'skipped',
    text: 'Policy pins version {version}, and no release in channel {channel} that was not revoked bears it.',
    remedy: 'Publish version {version} to channel {channel}, or change or remove {key}.',
  },

  newer: { means: 'pass', text: 'Release {sequence} is newer than the installed {installed}.', remedy: '' },
  'nothing-installed': { means: 'pass', text: 'Nothing is installed yet.', remedy: '' },
  'same-release': { means: 'pass', text: 'Release {sequence} is installed already; putting it back whole is nothing new.', remedy: '' },
  'downgrade-allowed': {
    means: 'pass',
    text: 'Release {sequence} is older than the installed {installed}, and policy allows to go back to the pinned version.',
    remedy: '',
  },
  'replaces-revoked': { means: 'pass', text: 'The installed release {installed} was revoked, so it may go to release {sequence}.', remedy: '' },
  'downgrade-not-allowed': {
    means: 'skipped',
    text: 'The pinned version {version} is older than what is installed (release {sequence} against {installed}).',
    remedy: 'Set components.{component}.allowDowngrade to true to go back, or change the pin.',
  },

  'not-revoked': { means: 'pass', text: 'The publisher has not withdrawn it.', remedy: '' },
  revoked: {
    means: 'skipped',
    text: 'The publisher withdrew release {sequence}: {why}',
    remedy: 'Publish a newer release; a revoked one is refused from every source.',
  },
  'revoked-installed': { means: 'note', text: 'The installed release {sequence} was withdrawn by the publisher: {why}', remedy: '' },
  'safe-release': { means: 'pass', text: 'The publisher names release {sequence} as the safe one for the withdrawn {installed}.', remedy: '' },

  'not-paused': { means: 'pass', text: 'Its rollout is not paused.', remedy: '' },
  paused: {
    means: 'deferred',
    text: 'The publisher paused release {sequence}.',
    remedy: 'Nothing to do here: it goes on when the publisher resumes it.',
  },

  'hold-none': { means: 'pass', text: 'Policy holds nothing back.', remedy: '' },
  'hold-over': { means: 'pass', text: 'The hold of release {sequence} ended at {until}.', remedy: '' },
  'hold-overridden': {
    means: 'pass',
    text: 'Release {sequence} is forced, and policy lets a forced release override the hold until {until}.',
    remedy: '',
  },
  held: {
    means: 'deferred',
    text: 'Policy holds release {sequence} until {until}{note}.',
    remedy: 'Wait until {until}, or shorten {key}.',
  },

  'rollout-all': { means: 'pass', text: 'It is for every machine.', remedy: '' },
  'rollout-in': { means: 'pass', text: 'The rollout is at {percent} %, this machine is in bucket {bucket}.', remedy: '' },
  'rollout-not-yet': {
    means: 'deferred',
    text: 'The rollout of release {sequence} is at {percent} %, this machine is in bucket {bucket}.',
    remedy: 'Wait until the publisher raises the rollout above {bucket} %.',
  },
  'rollout-not-started': {
    means: 'deferred',
    text: 'The rollout of release {sequence} starts at {until}.',
    remedy: 'Wait until {until}.',
  },

  'requires-none': { means: 'pass', text: 'It needs no other component.', remedy: '' },
  'requires-met': { means: 'pass', text: 'What it needs of other components is installed.', remedy: '' },
  'requires-unmet': {
    means: 'deferred',
    text: 'Release {sequence} needs {other} at release {minSequence} or newer; installed is {installed}.',
    remedy: 'Let {other} be updated first; glued explain {other} says why it is where it is.',
  },

  'conditions-none': { means: 'pass', text: 'It states no condition.', remedy: '' },
  'conditions-met': { means: 'pass', text: 'This machine meets its conditions.', remedy: '' },
  'os-unfit': {
    means: 'skipped',
    text: 'Release {sequence} is for {allowed}; this machine runs {found}.',
    remedy: 'Publish a release for {found}, or remove the component from this machine.',
  },
  'arch-unfit': {
    means: 'skipped',
    text: 'Release {sequence} is for {allowed} processors; this machine has {found}.',
    remedy: 'Publish a release for {found}, or remove the component from this machine.',
  },
  'agent-too-old': {
    means: 'skipped',
    text: 'Release {sequence} needs glued {needed} or newer; this is {found}.',
    remedy: 'Update glued on this machine.',
  },
  'space-short': {
    means: 'skipped',
    text: 'Release {sequence} wants {needed} bytes free where its content lives; {found} are free.',
    remedy: 'Free space on the file system of {path}.',
  },
  'plug-in-unfit': {
    means: 'skipped',
    text: 'Release {sequence} is made for the plug-in {needed}; the component is registered with {found}.',
    remedy: 'Register the component with --plugin {needed}, or publish a release for {found}.',
  },

  'engine-any': { means: 'pass', text: 'It states no range of engine versions.', remedy: '' },
  'engine-fits': { means: 'pass', text: 'The engine {found} is within {range}.', remedy: '' },
  'engine-absent': { means: 'note', text: 'It is made for engine {range}; no engine is installed.', remedy: '' },
  'engine-incompatible': {
    means: 'skipped',
    text: 'Release {sequence} is made for engine {range}; installed is {found}.',
    remedy: 'Bring the engine of {component} to a version within {range}, or publish a release for {found}.',
  },

  'license-none': { means: 'pass', text: 'It needs no license.', remedy: '' },
  'license-asked': { means: 'note', text: 'It needs license {license}; the plug-in checks that before anything is downloaded.', remedy: '' },
  'license-invalid': {
    means: 'failed',
    text: 'The license {license} that release {sequence} needs is not valid here.',
    remedy: 'Renew or install the license of the product.',
  },

  'not-quarantined': { means: 'pass', text: 'It never failed here.', remedy: '' },
  'quarantine-ended': { means: 'pass', text: 'Release {sequence} was in quarantine; policy changed since, so it is tried again.', remedy: '' },
  'quarantine-forced': { means: 'pass', text: 'Release {sequence} is in quarantine, and --force tries it again.', remedy: '' },
  quarantined: {
    means: 'skipped',
    text: 'Release {sequence} is in quarantine since {since}: {why}',
    remedy: 'Publish a newer release, or try this one again with glued run --force --component {component}.',
  },

  'forced-none': { means: 'pass', text: 'No forced release is before it.', remedy: '' },
  'forced-next': { means: 'pass', text: 'Release {sequence} is forced: it has a round of its own, before all others.', remedy: '' },
  'forced-first': {
    means: 'deferred',
    text: 'The forced release {sequence} of {component} has its own round first.',
    remedy: 'Nothing to do: it follows in a later round of the same run.',
  },

  'consent-not-needed': { means: 'pass', text: 'It is not optional.', remedy: '' },
  'consent-by-policy': { means: 'pass', text: 'It is optional, and policy installs optional releases.', remedy: '' },
  'consent-given': { means: 'pass', text: 'It is optional, and the user agreed.', remedy: '' },
  'consent-asked': {
    means: 'deferred',
    text: 'Release {sequence} is optional: the user is asked.',
    remedy: 'Answer the question, or set consent.optional to install.',
  },
  'consent-needed': {
    means: 'deferred',
    text: 'Release {sequence} is optional, policy wants the user to be asked, and nobody is there.',
    remedy: 'Run glued run on a terminal, or set consent.optional to install.',
  },
  'consent-refused': {
    means: 'deferred',
    text: 'Release {sequence} is optional, and the user said no.',
    remedy: 'The user is asked again in a later run; consent.optional: install takes the question away.',
  },
  'consent-never': {
    means: 'skipped',
    text: 'Release {sequence} is optional, and policy never installs optional releases.',
    remedy: 'Set consent.optional to install or ask.',
  },

  'up-to-date': { means: 'current', text: 'Release {sequence} ({version}) is the newest that policy allows.', remedy: '' },
  pinned: { means: 'current', text: 'Release {sequence} ({version}) is what policy pins.', remedy: '' },
  'newer-installed': {
    means: 'current',
    text: 'The installed release {sequence} is newer than the newest in channel {channel}, {newest}.',
    remedy: 'To go back, pin a version and set components.{component}.allowDowngrade to true.',
  },

  'install-first': { means: 'install', text: 'Nothing is installed yet; release {sequence} ({version}) is the newest allowed.', remedy: '' },
  'install-newer': { means: 'install', text: 'Release {sequence} ({version}) is newer than the installed {installed}.', remedy: '' },
  'install-behind': {
    means: 'install',
    text: 'Release {sequence} ({version}) is the newest that passes every gate; release {newest} does not ({because}).',
    remedy: '',
  },
  'install-forced': { means: 'install', text: 'Release {sequence} ({version}) is forced: it comes before newer ones.', remedy: '' },
  'install-pinned': { means: 'install', text: 'Policy pins version {version}: release {sequence}.', remedy: '' },
  'reinstall-damaged': {
    means: 'install',
    text: 'What is on disk is not release {sequence} ({version}), whole: it is put back. Found: {found}.',
    remedy: 'If this returns, another program changes {path}: look there.',
  },
  'revoked-safe': { means: 'install', text: 'The installed release {installed} was revoked; {sequence} ({version}) is the safe one.', remedy: '' },
  'revoked-newest': {
    means: 'install',
    text: 'The installed release {installed} was revoked; {sequence} ({version}) is the newest that policy allows.',
    remedy: '',
  },
  'revoked-previous': {
    means: 'install',
    text: 'The installed release {installed} was revoked and nothing else is allowed: back to the last known good, {sequence} ({version}).',
    remedy: '',
  },

  window: {
    means: 'deferred',
    text: 'Outside the windows of policy; the next one opens at {until}.',
    remedy: 'Wait until {until}, change schedule.windows, or run glued run --force.',
  },
  'rounds-exhausted': {
    means: 'deferred',
    text: 'This run has made as many rounds as it may.',
    remedy: 'The next run goes on. If that happens again, look at the catalog: too many forced releases, or a loop.',
  },
  interrupted: {
    means: 'deferred',
    text: 'The run was interrupted before its turn.',
    remedy: 'Run again; what was downloaded is kept.',
  },
  'delta-failed': {
    means: 'note',
    text: 'Release {sequence} came as its full package, for its delta was of no use: {problem} If every machine says so, run `glued repo check` on the content server.',
    remedy: '',
  },
} as const satisfies Record<string, ReasonRow>;

export type ReasonCode = keyof typeof REASONS;
export type ReasonSlots<C extends ReasonCode> = Slots<(typeof REASONS)[C]['text']> | Slots<(typeof REASONS)[C]['remedy']>;

/** A component's reason (DESIGN, Results), as data: the text comes from the table of reasons. */
export type Reason = {
  readonly code: ReasonCode;
  readonly data: Readonly<Record<string, string | number>>;
  /** the most specific key that decided: `content.av.hold.hours` */
  readonly policyKey?: string;
  /** the file that set policyKey */
  readonly source?: string;
  readonly until?: Instant;
};

/** Builds a reason; every `{slot}` of its row must be given. */
export function reason<C extends ReasonCode>(
  code: C,
  data: Readonly<Record<ReasonSlots<C>, string | number>>,
  more: Pick<Reason, 'policyKey' | 'source' | 'until'> = {},
): Reason {
  return { code, data, ...more };
}

export const reasonMeans = (r: Reason): Meaning => REASONS[r.code].means;
export const reasonText = (r: Reason): string => fill(REASONS[r.code].text, r.data);
/** What to do about it; empty where there is nothing to do. */
export const reasonRemedy = (r: Reason): string => fill(REASONS[r.code].remedy, r.data);
