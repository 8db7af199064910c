import type { FailureRow } from '../failure-row.ts';

/** Failures of the state folder, the run lock and the registry of components. */
export const STATE_FAILURES = {
  'state-unsafe': {
    code: 'state',
    text: 'The folder {path} cannot hold the state: {found}.',
    remedy: 'Name a folder with --state DIR that only its owner can write; one that others can write: chown root {path}; chmod 755 {path}',
    retry: false,
  },
  'state-denied': {
    code: 'state',
    text: '{path}: permission denied ({op}).',
    remedy: 'Run as root (sudo), or use a state folder of your own with --state DIR.',
    retry: false,
  },
  'state-full': {
    code: 'disk-space',
    text: '{path}: no space is left ({op}).',
    remedy: 'Free space, or inodes, on the file system that holds it; nothing was left half done.',
    retry: true,
  },
  'state-io': {
    code: 'state',
    text: '{path}: {op} failed: {kind}.',
    remedy: 'Look at that path and at its disk (dmesg, df, ls -ld); glued tries again at its next run.',
    retry: true,
  },
  'state-busy': {
    code: 'state',
    text: 'The database {path} is held by another program.',
    remedy: 'End what has it open (fuser {path}); glued itself keeps it only while its run lock is held.',
    retry: true,
  },
  locked: {
    code: 'locked',
    text: 'Another glued is at work on {path}: pid {pid}, `{command}`, since {since}.',
    remedy: 'Wait until it ends, or stop it (kill {pid}); the lock dies with its process.',
    retry: true,
  },
  'locked-by-unknown': {
    code: 'locked',
    text: 'Another process holds the run lock {path} and has not said who it is.',
    remedy: 'Wait until it ends, or find it (fuser {path}); the lock dies with its process.',
    retry: true,
  },
  'lock-unusable': {
    code: 'state',
    text: 'The run lock {path} cannot be used: {found}.',
    remedy: 'Remove {path} while no glued runs; it holds nothing and is made anew.',
    retry: false,
  },
  'registry-plist': {
    code: 'state',
    text: 'The registration {path} is not valid: {problem}.',
    remedy: 'It was set aside with a reason beside it. Correct it, or register the component again: glued registry add {id}',
    retry: false,
  },
  'registry-plist-seen': {
    code: 'state',
    text: 'The registration {path} is not valid: {problem}.',
    remedy: 'Correct it, or register the component again: glued registry add {id}. The next run sets it aside.',
    retry: false,
  },
  'registry-invalid': {
    code: 'usage',
    text: '{component} cannot be registered: {problem}.',
    remedy: 'See: glued registry add --help',
    retry: false,
  },
  'registry-in-the-way': {
    code: 'state',
    text: '{path} is there already, and glued did not put it there.',
    remedy: 'Register with --adopt to take its files over as the first version, or move it away first.',
    retry: false,
  },
  'registry-path-taken': {
    code: 'state',
    text: '{path} is the install path of {owner} already, and the plug-in {plugIn} replaces it as a whole.',
    remedy: 'Give {component} an install path of its own, or remove the other one first: glued registry remove {owner}',
    retry: false,
  },
  'registry-unfinished': {
    code: 'state',
    text: 'An update of {component} was interrupted and is not finished yet.',
    remedy: 'Run `glued run` first: it puts the content of {component} right.',
    retry: true,
  },
  'registry-unknown': {
    code: 'usage',
    text: 'No component {component} is registered here; registered: {known}.',
    remedy: 'See: glued registry list',
    retry: false,
  },
} as const satisfies Record<string, FailureRow>;
