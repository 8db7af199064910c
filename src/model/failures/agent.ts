import type { FailureRow } from '../failure-row.ts';

/** Failures of the plug-in `agent`: glued's own releases. `{version}` is the release that was to be installed. */
export const AGENT_FAILURES = {
  'agent-unfit': {
    code: 'content-test',
    text: 'Release {version} of {component} did not qualify as this machine’s agent: {problem}.',
    remedy: 'The installed agent was not touched and goes on. Read the detail and tell the publisher; a newer release is tried by itself.',
    retry: false,
  },
  'agent-not-tried': {
    code: 'state',
    text: 'Release {version} of {component} could not be tried on this machine: {problem}.',
    remedy: 'The installed agent was not touched and goes on. Free the cause; the next run tries again.',
    retry: true,
  },
  'agent-found-no-server': {
    code: 'no-valid-host',
    text: 'Release {version} of {component} was tried and found no server: {problem}.',
    remedy: 'The installed agent was not touched and goes on; the next run tries again. Where this one always finds a server, the release is at fault: tell the publisher.',
    retry: true,
  },
  'agent-path-open': {
    code: 'install',
    text: '{path}, the install path of {component}, is no place for an agent: others can change {target} (owner {owner}, mode {mode}).',
    remedy: 'Nothing was changed. Run: {command}',
    retry: false,
  },
  'agent-path-unseen': {
    code: 'install',
    text: '{path}, the install path of {component}, cannot be trusted: {target} cannot be looked at ({problem}).',
    remedy: 'Nothing was changed. Check the permissions of {target}.',
    retry: true,
  },
  'agent-not-confirmed': {
    code: 'install',
    text: 'Release {version} of {component} does not run from {path}: {problem}.',
    remedy: 'The agent before it is put back. Check that programs may run there (noexec, SELinux, AppArmor), and tell the publisher.',
    retry: false,
  },
  'adopt-no-agent': {
    code: 'install',
    text: '{path} was not taken over as {component}: it is no glued, {problem}.',
    remedy: 'Nothing was changed. Give the path of the executable that runs here.',
    retry: false,
  },
} as const satisfies Record<string, FailureRow>;
