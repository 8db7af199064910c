import type { FailureRow } from '../failure-row.ts';

/** Failures of the policy: none, one that cannot be read as it stands, one that others could have written. */
export const POLICY_FAILURES = {
  'policy-missing': {
    code: 'policy-missing',
    text: 'There is no policy: looked in {places}.',
    remedy: 'Put a policy there (policies/ has samples), or name one with --policy PATH; then: glued policy check',
    retry: false,
  },
  'policy-invalid': {
    code: 'policy-invalid',
    text: 'The policy {at}, key {key}: found {found}; allowed: {allowed}.',
    remedy: 'Correct that in {file} (problems in all: {count}); glued policy check lists every one.',
    retry: false,
  },
  'policy-twice': {
    code: 'policy-invalid',
    text: 'There are two main policy files, {first} and {second}, and nothing says which one counts.',
    remedy: 'Remove one of them, or move what it adds into the folder policy.d beside it.',
    retry: false,
  },
  'policy-unsound': {
    code: 'policy-invalid',
    text: 'The policy {path} is {found}, where a file of at most {limit} bytes is expected.',
    remedy: 'Replace {path} by a plain file.',
    retry: false,
  },
  'policy-untrusted': {
    code: 'policy-untrusted',
    text: 'The policy {path} is not to be trusted: {target} has owner {owner} and mode {mode}, so that someone other than root can change it.',
    remedy: 'Look at what it says, then: {command}',
    retry: false,
  },
  'policy-link': {
    code: 'policy-untrusted',
    text: 'The policy {path} is a link; links are not followed, because whoever can change the target changes the policy.',
    remedy: 'Replace the link by the file itself.',
    retry: false,
  },
  'policy-unreadable': {
    code: 'state',
    text: 'The policy {path} cannot be read: {problem}.',
    remedy: 'Run as the user who may read it (root), or correct its permissions.',
    retry: false,
  },
  'root-file-missing': {
    code: 'policy-invalid',
    text: 'The policy key trust.rootFile names {path}, and that cannot be read: {problem}.',
    remedy: "Put the repository's root.json (metadata/1.root.json) at {path}.",
    retry: false,
  },
  'root-file-invalid': {
    code: 'policy-invalid',
    text: 'The policy key trust.rootFile names {path}, which is no TUF root: {problem}.',
    remedy: "Replace {path} by the repository's root.json (metadata/1.root.json).",
    retry: false,
  },
  'root-file-untrusted': {
    code: 'policy-untrusted',
    text: 'The policy key trust.rootFile names {path}, and that is not to be trusted: {target} has owner {owner} and mode {mode}, so that someone other than root can change it.',
    remedy: "Compare {path} with the repository's root.json, then: {command}",
    retry: false,
  },
  'secret-exposed': {
    code: 'policy-untrusted',
    text: 'The policy key {key} names {path}, which others can read or change: its owner is {owner}, its mode {mode}.',
    remedy: 'Change the secret, since it may be known, then: {command}',
    retry: false,
  },
} as const satisfies Record<string, FailureRow>;
