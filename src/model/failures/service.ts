import type { FailureRow } from '../failure-row.ts';

/** Failures of `glued service`. */
export const SERVICE_FAILURES = {
  'service-unsupported': {
    code: 'usage',
    text: 'glued knows no service manager of this system ({platform}): it knows systemd, launchd and Windows\' Task Scheduler.',
    remedy: 'Have `glued run --quiet --no-input` started by cron, or keep `glued daemon` running by what this system has.',
    retry: false,
  },
  'service-needs-root': {
    code: 'state',
    text: 'The service belongs to the machine, and this user may not change it.',
    remedy: 'Run it as root (sudo; on Windows in an elevated terminal), or prepare files elsewhere with --root DIR.',
    retry: false,
  },
  'service-program-untrusted': {
    code: 'policy-untrusted',
    text: 'The service would run {path} as root, and {target} belongs to user {owner} with the mode {mode}, so that others could replace it.',
    remedy: 'Put glued where only root can write (/usr/local/bin) and install from there, or: {command}',
    retry: false,
  },
  'service-program-unseen': {
    code: 'policy-untrusted',
    text: 'The service would run {path} as root, and {target} cannot be looked at: {problem}.',
    remedy: 'Put glued where root can read it and others cannot write (/usr/local/bin), and install from there.',
    retry: false,
  },
  'service-path-unfit': {
    code: 'usage',
    text: 'The path {path} cannot be written into a unit: it has a control character or a line break, ends with a blank or a backslash, or is a program with a quotation mark.',
    remedy: 'Rename it.',
    retry: false,
  },
  'service-edited': {
    code: 'state',
    text: '{path} was changed by hand, or glued did not write it: it is left as it is, and nothing else was changed.',
    remedy: 'Put your change into a drop-in (systemctl edit {name}), which stays, remove {path}, and run this again.',
    retry: false,
  },
  'service-unwritable': {
    code: 'state',
    text: '{path} cannot be written: {problem}.',
    remedy: 'Free the cause and run this again: it finishes what was begun.',
    retry: true,
  },
  'service-manager-failed': {
    code: 'state',
    text: 'The files are in place, and `{command}` failed: {problem}.',
    remedy: 'Read the detail, or the system\'s log (journalctl -u glued.service), and run this again.',
    retry: true,
  },
} as const satisfies Record<string, FailureRow>;
