import { CONTENT_TYPES } from '../../model/policy.ts';
import type { DocumentName } from '../../report/index.ts';
import type { OptionSpec, PositionalSpec } from '../spec.ts';

/** Options that every command takes. A command's own option of the same name hides it (`repo publish --version V`). */
export const GLOBAL_OPTIONS = [
  { name: 'policy', kind: 'path', value: 'PATH', summary: 'read the policy from this file or folder, and from nowhere else' },
  { name: 'state', kind: 'path', value: 'DIR', summary: 'keep state, registry and log in this folder' },
  { name: 'insecure-policy', kind: 'flag', summary: 'accept a policy or a root file that others can write; the result says so' },
  { name: 'log-level', kind: 'text', value: 'LEVEL', choices: ['error', 'warn', 'info', 'debug'], summary: 'how much goes into the log' },
  { name: 'no-color', kind: 'flag', summary: 'plain text on a terminal too' },
  { name: 'help', kind: 'flag', summary: 'show help, for a command too: glued run --help' },
  { name: 'version', kind: 'flag', summary: 'show the version' },
] as const satisfies readonly OptionSpec[];

/** `--json` of a command that prints this document. */
export const json = (document: DocumentName): OptionSpec => ({ name: 'json', kind: 'flag', summary: `print exactly one JSON document, ${document}`, document });
export const KEYS: OptionSpec = { name: 'keys', kind: 'path', value: 'KEYDIR', summary: 'the folder of signing keys, never inside DIR' };
export const OFFLINE_KEYS: OptionSpec = { name: 'offline-keys', kind: 'path', value: 'DIR', summary: "another folder of keys, a medium with root's and targets'; new ones of these are written there" };
export const DIR: PositionalSpec = { name: 'DIR', kind: 'path', needed: 'yes', summary: "the repository's folder" };
export const COMPONENT: PositionalSpec = { name: 'ID', kind: 'text', needed: 'yes', summary: "the component's id" };
export const SEQ: PositionalSpec = { name: 'SEQ', kind: 'integer', needed: 'yes', summary: "the release's sequence number" };
export const TYPE: OptionSpec = { name: 'type', kind: 'text', value: 'TYPE', choices: CONTENT_TYPES, summary: 'what kind of content it is', needed: 'yes' };
export const PLUGIN: OptionSpec = { name: 'plugin', kind: 'text', value: 'NAME', summary: 'the plug-in that installs it: files, clamav, suricata, agent, or one that policy allows', needed: 'yes' };
export const ROOT: OptionSpec = { name: 'root', kind: 'path', value: 'DIR', summary: 'the folder that stands for / (an image, a package): files only, nothing is started' };
