import type { ReasonRow } from '../reason-row.ts';

/** Reasons: whether it is a release's turn: quarantine, windows, forced releases, consent. */
export const TURN_REASONS = {
  'not-quarantined': { means: 'pass', text: 'It never failed here.', remedy: '' },
  'quarantine-ended': { means: 'pass', text: 'Release {sequence} was in quarantine; policy changed since, so it is tried again.', remedy: '' },
  'quarantine-forced': { means: 'pass', text: 'Release {sequence} is in quarantine, and --force tries it again.', remedy: '' },
  quarantined: {
    means: 'skipped',
    text: 'Release {sequence} is in quarantine since {since}: {why}.',
    remedy: 'Publish a newer release, or try this one again with glued run --force --component {component}.',
  },

  'window-none': { means: 'pass', text: 'Policy has no windows: runs may act at any time.', remedy: '' },
  'window-open': { means: 'pass', text: 'A window of policy is open until {until}.', remedy: '' },
  'window-always': { means: 'pass', text: 'The windows of policy leave no time out: they never close.', remedy: '' },
  'window-withdrawn': { means: 'pass', text: 'What is installed was revoked, and is left outside of windows too (the next one opens at {opens}).', remedy: '' },
  'window-passed': { means: 'pass', text: 'No window of policy is open (the next one opens at {opens}), and --force passes that.', remedy: '' },
  'window-overridden': {
    means: 'pass',
    text: 'Release {sequence} is forced, and policy lets it pass the windows (the next one opens at {opens}).',
    remedy: '',
  },
  window: {
    means: 'deferred',
    text: 'Outside the windows of policy; the next one opens at {until}.',
    remedy: 'Wait until {until}, change schedule.windows, or run glued run --force.',
  },
  'window-damaged': {
    means: 'deferred',
    text: 'What is installed is damaged ({found}), and is put right when the next window of policy opens, at {until}.',
    remedy: 'Wait until {until}, or run glued run --force now.',
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
    remedy: 'Log in, or run glued run on a terminal, to be asked; or set consent.optional to install.',
  },
  'consent-deferred': {
    means: 'deferred',
    text: 'Release {sequence} is optional, and the user put it off, {count} of {limit} times.',
    remedy: 'The user is asked again in a later run; after {limit} times it is installed without asking.',
  },
  'consent-refused': {
    means: 'deferred',
    text: 'Release {sequence} is optional, and the user said no.',
    remedy: 'A newer release is asked about anew; glued run --force --component {component} asks again about this one.',
  },
  'consent-exhausted': {
    means: 'pass',
    text: 'It is optional, and it was put off {count} times; policy allows {limit}: it is installed without asking again.',
    remedy: '',
  },
  'consent-never': {
    means: 'skipped',
    text: 'Release {sequence} is optional, and policy never installs optional releases.',
    remedy: 'Set consent.optional to install or ask.',
  },
} as const satisfies Record<string, ReasonRow>;
