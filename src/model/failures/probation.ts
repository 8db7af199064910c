import type { FailureRow } from '../failure-row.ts';

/** Why content that was on probation had to go. The last known good took its place, or what was there before the first release. */
export const CONDEMNATIONS = {
  'probation-engine-died': {
    code: 'install',
    text: 'The engine of {component} died {seconds} s after release {version} was installed ({problem}), so the content before it was put back.',
    remedy: 'The release is left alone until a newer one or another policy comes. Start the engine again, and tell the publisher what its last words in the detail say.',
    retry: false,
  },
  'probation-engine-restarted': {
    code: 'install',
    text: 'The engine of {component} started again {restarts} times while release {version} was on probation, more than probation.maxRestarts ({allowed}) allows, so the content before it was put back.',
    remedy: "The release is left alone until a newer one or another policy comes. Look into the engine's log, and tell the publisher.",
    retry: false,
  },
  'probation-engine-silent': {
    code: 'install',
    text: 'The engine of {component} has not answered for {seconds} s while release {version} was on probation ({problem}), so the content before it was put back.',
    remedy: "The release is left alone until a newer one or another policy comes. Look into the engine's log, and tell the publisher.",
    retry: false,
  },
  'probation-boot-loop': {
    code: 'install',
    text: 'The machine started {starts} times within {minutes} minutes (probation.bootLoopMinutes) while release {version} of {component} was on probation, so the content before it was put back.',
    remedy: 'The release is left alone until a newer one or another policy comes. If the machine goes on starting again and again, its content is not the cause.',
    retry: false,
  },
  'probation-companion-gone': {
    code: 'install',
    text: 'Release {version} of {component} needs release {minSequence} of {companion}, which failed its probation, so the content before it was put back too.',
    remedy: 'It comes again with a release of {companion} that stays.',
    retry: true,
  },
  'probation-remade-failed': {
    code: 'install',
    text: 'What the changed filters of {component} made of release {version} failed its probation, and what was made of it before is back: {problem}',
    remedy: 'Mend the filter files: they are applied again when they change. Start the engine again, if it does not run.',
    retry: false,
  },
  'agent-not-proven': {
    code: 'install',
    text: 'Release {version} of {component} was put in place and did not prove itself: {problem}.',
    remedy: 'The agent before it is back, and the release is left alone. Read the detail and tell the publisher; a newer release is tried by itself.',
    retry: false,
  },
} as const satisfies Record<string, FailureRow>;

/** What can go wrong with probation itself. */
export const PROBATION_FAILURES = {
  ...CONDEMNATIONS,
  'last-good-damaged': {
    code: 'rollback-failed',
    text: 'Release {version} of {component} failed its probation and must go, but the content to put back is not whole: {problem}. It was left in place.',
    remedy: 'Publish a newer release, or a safe one that machines go to (glued repo revoke); the next run tries again.',
    retry: true,
  },
  'probation-unreadable': {
    code: 'state',
    text: 'What was kept in {path} of content on probation cannot be read ({problem}): whether {component} runs proven content is not known, and it was left as it is.',
    remedy: 'It was set aside. If the engine does not run well, put the content before it back: glued rollback {component}',
    retry: false,
  },
} as const satisfies Record<string, FailureRow>;
