import type { FailureRow } from '../failure-row.ts';

/** Failures of external plug-ins and their host. `{plugIn}` is the id in plugins.allow, `{path}` its file. */
export const HOST_FAILURES = {
  'plugin-unreadable': {
    code: 'plugin-load',
    text: 'The plug-in {plugIn} cannot be used: {path}, named by plugins.allow, {problem}.',
    remedy: 'Install the plug-in at {path} as a regular file, or correct its path in plugins.allow.',
    retry: true,
  },
  'plugin-untrusted': {
    code: 'plugin-load',
    text: 'The plug-in {plugIn} was not run: {target} belongs to user {owner} and has the mode {mode}, so that others could replace {path}.',
    remedy: 'Make sure that {path} is the plug-in that plugins.allow means, then: {command}',
    retry: true,
  },
  'plugin-changed': {
    code: 'plugin-load',
    text: 'The plug-in {plugIn} was not run: the sha256 of {path} is {found}, and plugins.allow says {expected}.',
    remedy: 'If you updated the plug-in, put the new sha256 into plugins.allow; if not, find out who changed {path}.',
    retry: true,
  },
  'plugin-not-started': {
    code: 'plugin-load',
    text: 'The plug-in {plugIn} ({path}) could not be started: {problem}.',
    remedy: 'Check that {path} runs on this machine (its first line names an interpreter that is there), with: glued plugin check {path}',
    retry: true,
  },
  'plugin-other-id': {
    code: 'plugin-protocol',
    text: 'The plug-in at {path} says that its id is {said}, and plugins.allow calls it {plugIn}.',
    remedy: 'Correct the id in plugins.allow, or its path.',
    retry: false,
  },
  'plugin-unfit': {
    code: 'plugin-load',
    text: 'The plug-in {plugIn} cannot handle {component}: {problem}.',
    remedy: 'Correct it with: glued registry add {component} --plugin {plugIn} (and the options as before).',
    retry: false,
  },
  'plugin-broke': {
    code: 'plugin-protocol',
    text: 'The plug-in {plugIn} ({path}) does not work: {problem}.',
    remedy: 'Tell the author of the plug-in; glued plugin check {path} shows what it does wrong. Other components are not affected.',
    retry: true,
  },
  'plugin-unusable': {
    code: 'plugin-load',
    text: 'The plug-in {plugIn} says in {method} of {component} that it cannot work here: {message}.',
    remedy: 'Free the cause that it names; nothing was changed.',
    retry: true,
  },
  'plugin-confused': {
    code: 'plugin-protocol',
    text: 'The plug-in {plugIn} did not understand {method} of {component}: {message}.',
    remedy: 'Tell the author of the plug-in; glued plugin check {path} shows what it does wrong. Other components are not affected.',
    retry: true,
  },
  'plugin-no-license': {
    code: 'license-invalid',
    text: 'The plug-in {plugIn} says that {component} may not be installed here: {message}.',
    remedy: 'Nothing was changed. Get or renew the license that the plug-in names.',
    retry: true,
  },
  'license-unknown': {
    code: 'license-invalid',
    text: 'Release {sequence} of {component} needs the license {license}, and the plug-in {plugIn} knows of no licenses.',
    remedy: 'Nothing was downloaded. Register the component with a plug-in that checks its license, or publish a release without --license.',
    retry: false,
  },
  'plugin-refused-content': {
    code: 'content-test',
    text: 'Release {version} of {component} was refused by the plug-in {plugIn}: {message}.',
    remedy: 'The installed content was not touched. Read the output in the detail and tell the publisher; a newer release is tried by itself.',
    retry: false,
  },
  'plugin-test-killed': {
    code: 'content-test',
    text: 'Release {version} of {component} failed its content test by the plug-in {plugIn}: {problem}.',
    remedy: 'The installed content was not touched. Where the machine is only slow or small, raise verify.timeoutSeconds or verify.maxMemoryBytes in policy.',
    retry: false,
  },
  'plugin-not-installed': {
    code: 'install',
    text: 'The plug-in {plugIn} failed in {method} of {component}: {message}.',
    remedy: 'The content before it is put back, where a release was being installed. Free the cause that it names and run again.',
    retry: true,
  },
  'plugin-not-restored': {
    code: 'rollback-failed',
    text: 'The plug-in {plugIn} could not put the content of {component} back: {message}.',
    remedy: 'Free the cause that it names and run again: what is to be put back is kept in {folder}.',
    retry: true,
  },
  'no-private-folder': {
    code: 'state',
    text: 'No private folder could be made below {path}: {problem}.',
    remedy: 'Free space or permissions at {path}, or name another place with TMPDIR.',
    retry: true,
  },
  'plugin-inventory-empty': {
    code: 'plugin-protocol',
    text: 'The plug-in {plugIn} puts the content of {component} in place itself, and does not say whether it is there.',
    remedy: 'Tell the author of the plug-in: with swap "own", inventory must answer a state, and swap, confirm and restore must be there.',
    retry: false,
  },
} as const satisfies Record<string, FailureRow>;
