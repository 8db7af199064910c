import type { ReasonRow } from '../reason-row.ts';

/** Reasons: what was chosen for a component, and why. */
export const CHOICE_REASONS = {
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
  'install-unasked': {
    means: 'install',
    text: 'Release {sequence} ({version}) is optional and was put off {count} times; policy allows {limit}: installed without asking again.',
    remedy: 'To let users put it off more often, raise consent.maxDeferrals.',
  },
  'install-pinned': { means: 'install', text: 'Policy pins version {version}: release {sequence}.', remedy: '' },
  'reinstall-damaged': {
    means: 'install',
    text: 'What is on disk is not release {sequence} ({version}), whole: it is put back. Found: {found}.',
    remedy: 'If this returns, another program changes {path}: look there.',
  },
  reapply: { means: 'install', text: 'Release {sequence} ({version}) is made anew, without a download: {found}.', remedy: '' },
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
} as const satisfies Record<string, ReasonRow>;
