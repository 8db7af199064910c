import type { ReasonRow } from '../reason-row.ts';

/** Reasons: what is asked of each release: direction, revocation, pause, hold, rollout. */
export const RELEASE_REASONS = {
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

  'installed-already': { means: 'pass', text: 'Release {sequence} is installed here already, and putting it back is nothing new.', remedy: '' },
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
} as const satisfies Record<string, ReasonRow>;
