import type { FailureRow } from '../failure-row.ts';

/** What the planner finds that is not a matter of waiting: each is one component's failure. */
export const PLANNER_FAILURES = {
  'plugin-absent': {
    code: 'plugin-load',
    text: 'The plug-in {plugIn} of {component} is neither built in nor allowed by plugins.allow.',
    remedy: 'Correct PlugIn in the registry entry of {component}, or allow the plug-in in plugins.allow.',
    retry: false,
  },
  'revoked-no-way-out': {
    code: 'install',
    text: 'The installed release {sequence} of {component} was withdrawn by the publisher ({reason}), and there is no release to go to.',
    remedy: 'Publish a release that this machine may install, or have its publisher name a safe one; glued explain {component} says what stops each.',
    retry: true,
  },
  'damaged-not-offered': {
    code: 'install',
    text: 'The content of {component} is not whole ({found}), and release {sequence} is not offered any more, nor a newer one.',
    remedy: 'Publish a release newer than {sequence}, or put the content back with glued rollback {component}.',
    retry: true,
  },
} as const satisfies Record<string, FailureRow>;
