import type { FailureRow } from '../failure-row.ts';

/** Failures of the way to the servers, and of what comes from them. */
export const TRANSFER_FAILURES = {
  'package-unavailable': {
    code: 'download',
    text: 'Package {sha256} could not be fetched from any server ({servers} asked). The last, {server}: {error}.',
    remedy: 'The detail has what each server answered. What was fetched is kept; the next run goes on from there.',
    retry: true,
  },
  'package-unreachable': {
    code: 'download',
    text: 'Package {sha256} could not be fetched: no server could be reached ({servers} asked). The last, {server}: {error}.',
    remedy: 'The detail has what was wrong with each. What was fetched before is kept; the next run goes on from there.',
    retry: true,
  },
  'package-cooling-down': {
    code: 'cooling-down',
    text: 'Package {sha256} waits: every server ({servers}) asked us to wait; the first may be asked again at {until}.',
    remedy: 'Wait until {until}, or name another server in `servers`; glued run --force asks at once. What was fetched is kept.',
    retry: true,
  },
  'package-some-cooling': {
    code: 'download',
    text: 'Package {sha256} could not be fetched: {cooling} of {servers} servers asked us to wait, the first until {until}; another, {server}: {error}.',
    remedy: 'The detail has what each server answered. Wait until {until}, or mend the other servers; what was fetched is kept.',
    retry: true,
  },
  'package-portal': {
    code: 'no-valid-host',
    text: 'Package {sha256} could not be fetched: a captive portal or TLS inspection answers in place of every server ({servers}). {server}: {error}.',
    remedy: 'Sign in to the network, or let the proxy pass these addresses; where TLS inspection is wanted, name its CA in tls.caFile.',
    retry: true,
  },
  'package-wrong-hash': {
    code: 'download',
    text: 'Server {server} gave other bytes than the signed catalog names: expected SHA-256 {sha256}, found {found}.',
    remedy: 'Nothing of it is kept. Copy packages/ of that server from the publisher again, or look for a proxy that changes downloads.',
    retry: true,
  },
  'download-interrupted': {
    code: 'interrupted',
    text: 'The download of package {sha256} was interrupted after {done} of {total} bytes.',
    remedy: 'Run again; what was downloaded is kept.',
    retry: true,
  },
  'package-disk-full': {
    code: 'disk-space',
    text: 'The disk became full while package {sha256} was written to {path}.',
    remedy: 'Free space on that file system; what was downloaded is kept.',
    retry: true,
  },
  'package-not-written': {
    code: 'state',
    text: 'Package {sha256} cannot be kept at {path}: {reason}.',
    remedy: 'See that the folder exists, that glued may write to it and that the disk is sound.',
    retry: true,
  },
  'disk-space': {
    code: 'disk-space',
    text: 'Not enough space at {path}: {purpose} need {needed} bytes, {free} are free beside a reserve of {reserve}.',
    remedy: 'Free space on the file system that holds {path}. No byte was fetched.',
    retry: true,
  },
  'disk-inodes': {
    code: 'disk-space',
    text: 'Too few inodes at {path}: {purpose} need {needed} files, {free} are free.',
    remedy: 'Remove small files from the file system that holds {path}. No byte was fetched.',
    retry: true,
  },
  'disk-unknown': {
    code: 'state',
    text: 'The free space at {path} cannot be read: {reason}.',
    remedy: 'See that {path}, or a folder above it, exists and can be read.',
    retry: true,
  },
  'server-address': {
    code: 'policy-invalid',
    text: 'servers[{index}].url is no address of a content server: {problem}.',
    remedy: 'Write http:// or https://, a host and a path, without user name, query and fragment; secrets belong in passwordFile.',
    retry: false,
  },
  'server-header': {
    code: 'policy-invalid',
    text: 'servers[{index}].headers: {name} cannot be sent: {problem}.',
    remedy: 'A header has a name of letters, digits and hyphens, and a value on one line.',
    retry: false,
  },
  'server-user': {
    code: 'policy-invalid',
    text: 'servers[{index}]: {problem}.',
    remedy: 'Give both username and passwordFile, or neither; a user name has no colon and no control character.',
    retry: false,
  },
  'server-secret-exposed': {
    code: 'policy-untrusted',
    text: '{key} is {path}, a secret that others can read or change (mode {mode}).',
    remedy: 'Run: chmod 600 {path}; and change the secret, it may be known.',
    retry: false,
  },
  'server-secret-unreadable': {
    code: 'policy-invalid',
    text: '{key} names {path}, which cannot be used: {reason}.',
    remedy: 'Put a readable file there, or correct {key}.',
    retry: false,
  },
} as const satisfies Record<string, FailureRow>;
