import type { FailureRow } from '../failure-row.ts';

/** Failures of the suricata plug-in. */
export const SURICATA_FAILURES = {
  'filter-line-bad': {
    code: 'policy-invalid',
    text: 'The Filters of {component} cannot be used: {file}, line {line}: "{found}": {problem} ({count} such lines in all).',
    remedy: 'Correct the lines that the detail names; the installed rules were not touched, and nothing was downloaded.',
    retry: false,
  },
  'filters-unread': {
    code: 'policy-invalid',
    text: 'The Filters of {component} cannot be used: {path}: {problem}.',
    remedy: 'Filters is a folder with disable.conf, enable.conf, drop.conf or modify.conf in it, or one of these files; the installed rules were not touched.',
    retry: true,
  },
  'filters-untrusted': {
    code: 'policy-untrusted',
    text: 'The Filters of {component} are not to be trusted: {target} has owner {owner} and mode {mode}, so that someone other than root can switch rules off.',
    remedy: 'Look at what it says, then: {command}',
    retry: false,
  },
  'suricata-conf-bad': {
    code: 'plugin-load',
    text: 'The ConfigFile of {component}, {path}, cannot be used: {problem}.',
    remedy: 'Correct it, or name the suricata.yaml of the engine that reads the install path: glued registry add {component} with the options as before.',
    retry: true,
  },
  'rules-broken': {
    code: 'content-test',
    text: 'Release {version} of {component} was refused: {failed} of its rules do not load, the first is {file}, line {line}: {problem}.',
    remedy: 'The installed rules were not touched. Tell the publisher; the detail names more of them, and {program} says the same of them by hand.',
    retry: false,
  },
  'rules-none': {
    code: 'content-test',
    text: 'Release {version} of {component} was refused: {by}, so that the engine would detect nothing.',
    remedy: 'The installed rules were not touched. Look whether the release is the right one, and what Filters switches off.',
    retry: false,
  },
  'rules-not-served': {
    code: 'unpack',
    text: 'Release {version} of {component} could not be filtered: {op} of {path} failed ({problem}).',
    remedy: 'The installed rules were not touched. Free the cause (space, permissions) at {path} and run again.',
    retry: true,
  },
} as const satisfies Record<string, FailureRow>;
