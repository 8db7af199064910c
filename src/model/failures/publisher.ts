import type { FailureRow } from '../failure-row.ts';

/** Failures of the content server's side: `glued repo …`. */
export const PUBLISHER_FAILURES = {
  'repo-option': { code: 'usage', text: '{option}: {problem}.', remedy: 'See: glued repo --help', retry: false },
  'repo-catalog-full': {
    code: 'usage',
    text: 'The catalog of {component} would have {size} bytes; machines read at most {limit}.',
    remedy: 'Begin a new component for further releases.',
    retry: false,
  },
  'repo-not-empty': {
    code: 'usage',
    text: 'The folder {path} is not empty, so no repository was made in it.',
    remedy: 'Name a folder that is empty or not there yet.',
    retry: false,
  },
  'repo-keys-inside': {
    code: 'usage',
    text: 'The folder of keys {keys} is inside the repository {repository}, whose files are handed to everyone.',
    remedy: 'Keep keys outside of it: --keys KEYDIR.',
    retry: false,
  },
  'repo-key-exists': {
    code: 'usage',
    text: 'There is a key at {path} already; keys are never overwritten.',
    remedy: 'Name another folder with --keys, or move the old key away once nothing trusts it any more.',
    retry: false,
  },
  'repo-key-missing': {
    code: 'state',
    text: 'The key {path} of the role {role} cannot be read: {problem}.',
    remedy: 'Bring the folder of keys within reach (an offline key must be there while it signs), or name it with --keys.',
    retry: false,
  },
  'repo-key-wrong': {
    code: 'state',
    text: 'The key {path} is not one that the repository trusts for the role {role}.',
    remedy: 'Name the right folder of keys with --keys.',
    retry: false,
  },
  'repo-absent': {
    code: 'usage',
    text: '{path} is no content repository: {problem}.',
    remedy: 'Make one: glued repo init DIR --keys KEYDIR',
    retry: false,
  },
  'repo-busy': {
    code: 'locked',
    text: 'Another `glued repo` command is writing to {path}.',
    remedy: 'Wait until it ends, then try again.',
    retry: true,
  },
  'repo-files': {
    code: 'state',
    text: 'The repository cannot be read or written at {path}: {problem}.',
    remedy: 'See that this user may write there; readers still see the last whole state of the repository.',
    retry: true,
  },
  'repo-disk-full': {
    code: 'disk-space',
    text: 'The disk is full: {path} cannot be written.',
    remedy: 'Free space there and publish again; readers still see the last whole state of the repository.',
    retry: true,
  },
  'repo-damaged': {
    code: 'catalog-malformed',
    text: "The repository's file {path} is damaged: {problem}.",
    remedy: 'Run `glued repo check`, and put the file back from a backup or another copy of the repository.',
    retry: false,
  },
  'repo-id-reserved': {
    code: 'usage',
    text: 'A component cannot be called {id}: the name is taken by a role of the repository itself.',
    remedy: 'Choose another id.',
    retry: false,
  },
  'repo-component-exists': {
    code: 'usage',
    text: 'The repository has a component {id} already.',
    remedy: 'Publish to it: glued repo publish DIR {id} PATH --version V',
    retry: false,
  },
  'repo-component-unknown': {
    code: 'usage',
    text: 'The repository has no component {id}; it has: {known}.',
    remedy: 'Add it first: glued repo add DIR {id} --type TYPE --plugin NAME',
    retry: false,
  },
  'repo-sequence': {
    code: 'usage',
    text: 'Sequence {sequence} of {id} is not above {last}, the last one published; releases are never changed or put in between.',
    remedy: 'Leave out --sequence to take {next}.',
    retry: false,
  },
  'repo-unchanged': {
    code: 'usage',
    text: 'Nothing was published: {path} is, byte for byte, release {sequence} ({version}) of {id} in the channel {channel}.',
    remedy: 'Publish changed content. To renew the dates of the signed metadata alone: glued repo refresh DIR',
    retry: false,
  },
  'repo-source': {
    code: 'usage',
    text: '{path} cannot be published: {problem}.',
    remedy: 'Nothing was published. Mend it, then publish again.',
    retry: false,
  },
  'repo-listen': {
    code: 'usage',
    text: 'Cannot listen on {address}: {problem}.',
    remedy: 'Choose another --host or --port.',
    retry: false,
  },
  'check-signature': {
    code: 'catalog-signature',
    text: '{file}: {problem}.',
    remedy: 'Clients refuse this file. Sign it anew (glued repo refresh, add or publish) with the right keys, or restore it from a copy.',
    retry: false,
  },
  'check-expired': {
    code: 'catalog-stale',
    text: '{file}: {problem}.',
    remedy: '{remedy}.',
    retry: false,
  },
  'check-version': {
    code: 'catalog-stale',
    text: '{file}: {problem}.',
    remedy: 'Files of two states of the repository are mixed: copy the whole folder again, timestamp.json last.',
    retry: false,
  },
  'check-malformed': {
    code: 'catalog-malformed',
    text: '{file}: {problem}.',
    remedy: 'Clients refuse this file. Put it back from a copy of the repository, or publish again.',
    retry: false,
  },
  'check-package': {
    code: 'download',
    text: '{file} (release {sequence} of {id}): {problem}.',
    remedy: 'Clients refuse this package. Put it back from a copy of the repository, or publish the content as a new release.',
    retry: false,
  },
} as const satisfies Record<string, FailureRow>;
