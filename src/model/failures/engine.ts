import type { FailureRow } from '../failure-row.ts';

/** Failures of the cycle, of the command line and of ourselves. */
export const ENGINE_FAILURES = {
  'internal-error': {
    code: 'internal',
    text: 'glued itself failed: {message}.',
    remedy: 'Report it with the log; nothing was left half done, the next run recovers.',
    retry: true,
  },
  usage: { code: 'usage', text: '{problem}.', remedy: 'See: {help}', retry: false },
  interrupted: {
    code: 'interrupted',
    text: 'Interrupted by {signal}; every component has its old or its new content, whole.',
    remedy: 'Run again; what was downloaded is kept.',
    retry: true,
  },
  'command-interrupted': {
    code: 'interrupted',
    text: 'Interrupted by {signal}; what a command changes, it changes whole or not at all.',
    remedy: 'Give the command again.',
    retry: true,
  },
  'hung-plugin': {
    code: 'plugin-protocol',
    text: 'The stage {stage} of {component} hung: it did not end within {minutes} minutes, and {end}.',
    remedy: 'Look at what it waits for: a program, an engine, a disk. The other components went on; the next run tries again.',
    retry: true,
  },
  'hung-test': {
    code: 'content-test',
    text: 'The stage {stage} of {component} hung: it did not end within {minutes} minutes, and {end}.',
    remedy: 'A test that does not end is a failed test: the old content stays. Look at the engine, or at verify.timeoutSeconds.',
    retry: false,
  },
  'hung-install': {
    code: 'install',
    text: 'The stage {stage} of {component} hung: it did not end within {minutes} minutes, and {end}.',
    remedy: 'Look at the engine and at the disk. The content before is put back; what could not be stopped is recovered by the next run.',
    retry: true,
  },
  'hung-download': {
    code: 'download',
    text: 'The stage {stage} of {component} hung: it did not end within {minutes} minutes, and {end}.',
    remedy: 'Look at the network and the servers (glued doctor); what was downloaded is kept, the next run goes on from there.',
    retry: true,
  },
  'install-loop': {
    code: 'install',
    text: 'Release {sequence} of {component} was installed in this run and is asked for again.',
    remedy: 'Another program changes {path}, or the plug-in does not see what it installed: look there.',
    retry: false,
  },
  'recovery-plugin-absent': {
    code: 'plugin-load',
    text: 'An interrupted installation of {component} cannot be recovered: its plug-in {plugIn} is not in this agent.',
    remedy: 'Run the agent version that began it, or allow the plug-in in policy.',
    retry: true,
  },
  'recovery-failed': {
    code: 'rollback-failed',
    text: 'The content of {component} before an interrupted installation could not be put back at {path}.',
    remedy: 'Free the cause named in the detail and run again; the journal keeps what is to be done.',
    retry: true,
  },
  'no-network': {
    code: 'no-network',
    text: 'No network: no interface but loopback is up, and none of the {servers} servers of the policy is on loopback.',
    remedy: 'Connect the machine; glued tries again at its next run.',
    retry: true,
  },
  'nothing-to-roll-back': {
    code: 'rollback-failed',
    text: '{component} has no earlier content to go back to in {folder}.',
    remedy: 'Nothing was changed. Earlier content is kept only after a second release was installed.',
    retry: false,
  },
  'rollback-needed': {
    code: 'rollback-failed',
    text: 'Release {sequence} of {component}, the one to go back to, is too old for {other}, whose installed release needs release {minSequence} of it.',
    remedy: 'Nothing was changed. Put {other} back first: glued rollback {other}',
    retry: false,
  },
  'rollback-revoked': {
    code: 'rollback-failed',
    text: 'Release {sequence} of {component}, the one to go back to, was revoked by its publisher: {reason}.',
    remedy: 'Nothing was changed. Let `glued run` bring the release that the catalog names as safe.',
    retry: false,
  },
  'rollback-below-floor': {
    code: 'rollback-failed',
    text: 'The agent to go back to, {component} {version}, is older than the publisher lets any machine have: {floor} is the oldest.',
    remedy: 'Nothing was changed. Let `glued run` bring a newer one.',
    retry: false,
  },
  'history-unknown': {
    code: 'usage',
    text: 'No component {component} is registered here, and no run had to do with one; known: {known}.',
    remedy: 'See: glued history',
    retry: false,
  },
  'component-unknown': {
    code: 'usage',
    text: 'No component {component} is registered here; registered: {known}.',
    remedy: 'See: glued registry list',
    retry: false,
  },
} as const satisfies Record<string, FailureRow>;
