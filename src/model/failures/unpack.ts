import type { FailureRow } from '../failure-row.ts';

/** Failures of packages: read, unpacked, and looked at again. */
export const UNPACK_FAILURES = {
  'package-damaged': {
    code: 'unpack',
    text: 'The package {package} is damaged: {problem}.',
    remedy: 'Nothing of it was installed. On the content server run `glued repo check`; publish the release again if it is damaged there.',
    retry: false,
  },
  'package-unsafe': {
    code: 'unpack',
    text: 'The package {package} is refused whole: {problem}.',
    remedy: 'Nothing of it was installed. `glued repo publish` never makes such a package: find out who made it, and publish the content anew.',
    retry: false,
  },
  'package-too-large': {
    code: 'unpack',
    text: 'The package {package} unpacks to more than was signed for: {problem}.',
    remedy: 'Nothing of it was installed. Find out who made this package, and publish the content anew with `glued repo publish`.',
    retry: false,
  },
  'unpack-disk-full': {
    code: 'disk-space',
    text: 'The disk is full: {path} cannot be written.',
    remedy: 'Free space or inodes on the file system that holds {path} and run again; what was there before is untouched.',
    retry: true,
  },
  'unpack-write': {
    code: 'unpack',
    text: 'Unpacking failed at {path}: {problem}.',
    remedy: 'See that glued may write below {folder} and that the file system there is healthy, then run again.',
    retry: true,
  },
  'content-unreadable': {
    code: 'unpack',
    text: 'The installed content at {path} cannot be read: {problem}.',
    remedy: 'See that glued may read {path}; `glued run --force` installs content again that is not whole.',
    retry: true,
  },
} as const satisfies Record<string, FailureRow>;
