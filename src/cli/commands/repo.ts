import { ARCH_NAMES, OS_NAMES, RESTARTS, SEVERITIES } from '../../model/release.ts';
import type { CommandSpec, OptionSpec } from '../spec.ts';
import { COMPONENT, DIR, json, KEYS, OFFLINE_KEYS, PLUGIN, SEQ, TYPE } from './options.ts';

/** `otherwise`: what holds without them. */
const offlineDays = (otherwise: string): readonly OptionSpec[] => [
  { name: 'root-days', kind: 'integer', value: 'DAYS', summary: `how long root's signatures last (${otherwise})` },
  { name: 'targets-days', kind: 'integer', value: 'DAYS', summary: `how long those of targets and components last (${otherwise})` },
];

const INIT_OPTIONS: readonly OptionSpec[] = [
  { name: 'root-threshold', kind: 'integer', value: 'N', summary: 'signatures that a new root needs (1)' },
  { name: 'targets-threshold', kind: 'integer', value: 'N', summary: 'signatures that targets need (1)' },
  ...offlineDays('365'),
  { name: 'snapshot-days', kind: 'integer', value: 'DAYS', summary: "how long snapshot's signature lasts (30)" },
  { name: 'timestamp-days', kind: 'integer', value: 'DAYS', summary: "how long timestamp's signature lasts (7)" },
];

const PUBLISH_OPTIONS: readonly OptionSpec[] = [
  { name: 'version', kind: 'text', value: 'V', summary: 'the version that people read', needed: 'yes' },
  { name: 'channel', kind: 'text', value: 'CHANNEL', summary: 'the channel that offers it (stable)' },
  { name: 'date', kind: 'time', value: 'RFC3339', summary: "the content's date (now)" },
  { name: 'sequence', kind: 'integer', value: 'N', summary: 'its place in the order of releases (one more than the last)' },
  { name: 'forced', kind: 'flag', summary: 'installed before others, in a round of its own' },
  { name: 'optional', kind: 'flag', summary: 'the user may be asked' },
  { name: 'severity', kind: 'text', value: 'S', choices: SEVERITIES, summary: 'how much it matters (none)' },
  { name: 'restart', kind: 'text', value: 'KIND', choices: RESTARTS, summary: 'what it needs afterwards (none)' },
  { name: 'notes', kind: 'text', value: 'URL', summary: 'where people read about it' },
  { name: 'license', kind: 'text', value: 'NAME', summary: 'the license that the plug-in must find on the machine (5 where it does not)' },
  { name: 'rollout', kind: 'integer', value: 'PERCENT', summary: 'how many of the machines may have it now (100)' },
  { name: 'requires', kind: 'list', value: 'ID:SEQ', summary: 'another component that must be there first; may be repeated' },
  { name: 'engine', kind: 'text', value: 'MIN..MAX', summary: 'the engine versions that it is for' },
  { name: 'os', kind: 'commas', value: 'NAMES', choices: OS_NAMES, summary: 'only for these systems' },
  { name: 'arch', kind: 'commas', value: 'NAMES', choices: ARCH_NAMES, summary: 'only for these processors' },
  { name: 'min-agent', kind: 'text', value: 'V', summary: 'the oldest glued that may install it' },
  { name: 'deltas', kind: 'integer', value: 'N', summary: 'make deltas from the last N releases of the channel; 0 is none (5)' },
  { name: 'vendor-delta', kind: 'list', value: 'FROMSEQ:FILE', summary: "the vendor's own delta from that release (*.cdiff); may be repeated" },
  KEYS,
  json('glued.repo-publish/1'),
];

/** The content server's side, in the order of help. */
export const REPO_COMMANDS = [
  {
    path: 'repo init',
    summary: 'make a repository and its keys',
    positionals: [DIR],
    options: [{ ...KEYS, needed: 'yes' }, ...INIT_OPTIONS, json('glued.repo-init/1')],
    examples: ['glued repo init /srv/content --keys /secure/content-keys'],
  },
  {
    path: 'repo add',
    summary: 'add a component to a repository, with a key of its own',
    positionals: [DIR, COMPONENT],
    options: [TYPE, PLUGIN, { name: 'name', kind: 'text', value: 'TEXT', summary: 'the name that people read' }, KEYS, OFFLINE_KEYS, json('glued.repo-add/1')],
    examples: ['glued repo add /srv/content demo --type av --plugin files'],
  },
  {
    path: 'repo publish',
    summary: 'publish a file or a folder as a release',
    positionals: [DIR, COMPONENT, { name: 'PATH', kind: 'path', needed: 'yes', summary: 'the file or folder' }],
    options: PUBLISH_OPTIONS,
    examples: ['glued repo publish /srv/content demo ./rules --version 1.0', 'glued repo publish /srv/content demo ./rules --version 1.1 --forced'],
  },
  {
    path: 'repo revoke',
    summary: 'withdraw a release for good: machines refuse it, and leave it where they run it',
    positionals: [DIR, COMPONENT, SEQ],
    options: [
      { name: 'reason', kind: 'text', value: 'TEXT', summary: 'why; administrators read it on every machine', needed: 'yes' },
      { name: 'safe', kind: 'integer', value: 'SEQ', summary: 'the release that machines go to from it, past hold, window, rollout and pin' },
      KEYS,
      json('glued.repo-revoke/1'),
    ],
    examples: ['glued repo revoke /srv/content demo 12 --reason "flags the C library" --safe 11'],
  },
  {
    path: 'repo pause',
    summary: 'stop a release for machines that do not have it yet, or let it go on',
    positionals: [DIR, COMPONENT, SEQ],
    options: [{ name: 'resume', kind: 'flag', summary: 'let it go on' }, KEYS, json('glued.repo-pause/1')],
    examples: ['glued repo pause /srv/content demo 12', 'glued repo pause /srv/content demo 12 --resume'],
  },
  {
    path: 'repo floor',
    summary: 'name the oldest glued that machines may be given, also by a rollback; needs the targets key',
    positionals: [DIR, { name: 'VERSION', kind: 'text', needed: 'yes', summary: 'a version of glued' }],
    options: [KEYS, OFFLINE_KEYS, json('glued.repo-floor/1')],
    examples: ['glued repo floor /srv/content 0.2.0'],
  },
  {
    path: 'repo refresh',
    summary: 'sign snapshot and timestamp anew, so that they do not expire',
    positionals: [DIR],
    options: [KEYS, json('glued.repo-refresh/1')],
    examples: ['glued repo refresh /srv/content'],
  },
  {
    path: 'repo renew',
    summary: 'sign root, targets and components anew, so that they do not expire; keys stay',
    positionals: [DIR, { name: 'ROLES', kind: 'text', needed: 'no', summary: 'root, targets, component ids, with commas; without: root, targets and each component whose key is there' }],
    options: [...offlineDays('as before'), KEYS, OFFLINE_KEYS, json('glued.repo-renew/1')],
    examples: ['glued repo renew /srv/content --offline-keys /media/keys', 'glued repo renew /srv/content root'],
  },
  {
    path: 'repo rotate',
    summary: 'give roles new keys: what the old ones signed is signed anew, and they count no more',
    positionals: [DIR, { name: 'ROLES', kind: 'text', needed: 'yes', summary: 'root, targets, snapshot, timestamp, component ids, with commas' }],
    options: [
      KEYS,
      OFFLINE_KEYS,
      { name: 'only', kind: 'list', value: 'KEY', summary: "replace this key alone: its file's name or its id; may be repeated, for one role" },
      { name: 'new-key', kind: 'list', value: 'FILE', summary: 'take this key (ed25519, PEM) in place of making one; may be repeated, for one role' },
      json('glued.repo-rotate/1'),
    ],
    examples: ['glued repo rotate /srv/content timestamp,snapshot', 'glued repo rotate /srv/content root --only root-2.pem --offline-keys /media/keys'],
  },
  {
    path: 'repo prune',
    summary: 'take old releases out of catalogs, and remove files that nobody can want any more',
    positionals: [DIR, { name: 'IDS', kind: 'text', needed: 'no', summary: 'component ids, with commas; without: all' }],
    options: [
      { name: 'keep', kind: 'integer', value: 'N', summary: 'how many releases of each channel and kind of machine stay (20)' },
      { name: 'days', kind: 'integer', value: 'N', summary: 'releases younger than this stay too (90)' },
      { name: 'dry-run', kind: 'flag', summary: 'say what would be taken out, and change nothing' },
      KEYS,
      json('glued.repo-prune/1'),
    ],
    examples: ['glued repo prune /srv/content --keep 50'],
  },
  {
    path: 'repo check',
    summary: 'read a whole repository as a client would',
    positionals: [DIR],
    options: [json('glued.repo-check/1')],
    examples: ['glued repo check /srv/content'],
  },
  {
    path: 'repo serve',
    summary: 'serve a repository over HTTP, for trying out',
    positionals: [DIR],
    options: [
      { name: 'host', kind: 'text', value: 'ADDRESS', summary: 'the address to listen on (127.0.0.1)' },
      { name: 'port', kind: 'integer', value: 'PORT', summary: 'the port; 0 takes a free one (8080)' },
    ],
    examples: ['glued repo serve /srv/content --port 8080'],
  },
] as const satisfies readonly CommandSpec[];
