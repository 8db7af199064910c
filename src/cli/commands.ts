import { CONTENT_TYPES } from '../model/policy.ts';
import { RESTARTS, SEVERITIES } from '../model/release.ts';
import type { CommandSpec, OptionSpec, PositionalSpec } from './spec.ts';

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

const JSON_OPTION: OptionSpec = { name: 'json', kind: 'flag', summary: 'print exactly one JSON document' };
const KEYS: OptionSpec = { name: 'keys', kind: 'path', value: 'KEYDIR', summary: 'the folder of signing keys, never inside DIR' };
const DIR: PositionalSpec = { name: 'DIR', kind: 'path', needed: 'yes', summary: "the repository's folder" };
const COMPONENT: PositionalSpec = { name: 'ID', kind: 'text', needed: 'yes', summary: "the component's id" };
const SEQ: PositionalSpec = { name: 'SEQ', kind: 'integer', needed: 'yes', summary: "the release's sequence number" };
const TYPE: OptionSpec = { name: 'type', kind: 'text', value: 'TYPE', choices: CONTENT_TYPES, summary: 'what kind of content it is', needed: 'yes' };
const PLUGIN: OptionSpec = { name: 'plugin', kind: 'text', value: 'NAME', summary: 'the plug-in that installs it: files, clamav', needed: 'yes' };

const RUN_OPTIONS: readonly OptionSpec[] = [
  { name: 'content', kind: 'commas', value: 'TYPES', choices: CONTENT_TYPES, summary: 'only these content types' },
  { name: 'component', kind: 'list', value: 'ID', summary: 'only this component; may be repeated' },
  { name: 'force', kind: 'flag', summary: 'past schedule, quarantine and cooldown; mends what is not whole' },
  { name: 'dry-run', kind: 'flag', summary: 'say what a run would do; download and change nothing' },
  JSON_OPTION,
  { name: 'quiet', kind: 'flag', summary: 'print nothing unless something failed' },
  { name: 'no-input', kind: 'flag', summary: 'ask nobody: the policy answers' },
  { name: 'trace', kind: 'path', value: 'FILE', summary: 'write every HTTP exchange to this file (HAR), without secrets and bodies' },
];

const INIT_OPTIONS: readonly OptionSpec[] = [
  { name: 'root-threshold', kind: 'integer', value: 'N', summary: 'signatures that a new root needs (1)' },
  { name: 'targets-threshold', kind: 'integer', value: 'N', summary: 'signatures that targets need (1)' },
  { name: 'root-days', kind: 'integer', value: 'DAYS', summary: "how long root's signatures last (365)" },
  { name: 'targets-days', kind: 'integer', value: 'DAYS', summary: "how long targets' signatures last (365)" },
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
  { name: 'rollout', kind: 'integer', value: 'PERCENT', summary: 'how many of the machines may have it now (100)' },
  { name: 'requires', kind: 'list', value: 'ID:SEQ', summary: 'another component that must be there first; may be repeated' },
  { name: 'engine', kind: 'text', value: 'MIN..MAX', summary: 'the engine versions that it is for' },
  { name: 'deltas', kind: 'integer', value: 'N', summary: 'make deltas from the last N releases of the channel; 0 is none (5)' },
  { name: 'vendor-delta', kind: 'list', value: 'FROMSEQ:FILE', summary: "the vendor's own delta from that release (*.cdiff); may be repeated" },
  KEYS,
  JSON_OPTION,
];

/** Every command, in the order of help. */
export const COMMANDS = [
  {
    path: 'run',
    summary: 'bring content up to date, under the policy',
    positionals: [],
    options: RUN_OPTIONS,
    examples: ['glued run', 'glued run --content av,ips --json', 'glued run --dry-run', 'glued run --trace /tmp/run.har'],
  },
  {
    path: 'status',
    summary: 'what the last run did, and how fresh content is',
    positionals: [],
    options: [
      JSON_OPTION,
      { name: 'field', kind: 'text', value: 'PATH', summary: 'one value: last.components.ID.after.version' },
    ],
    examples: ['glued status', 'glued status --json', 'glued status --field health'],
  },
  {
    path: 'explain',
    summary: "why content is, or is not, up to date: every gate's verdict",
    positionals: [{ name: 'ID', kind: 'text', needed: 'no', summary: 'a component, or a content type' }],
    options: [{ name: 'at', kind: 'time', value: 'TIME', summary: 'as if it were this moment (RFC 3339)' }, JSON_OPTION],
    examples: ['glued explain', 'glued explain av', 'glued explain demo --policy /tmp/candidate.json'],
  },
  {
    path: 'policy show',
    summary: 'the effective policy',
    positionals: [],
    options: [{ name: 'origin', kind: 'flag', summary: 'where each value comes from, and what it overrode' }, JSON_OPTION],
    examples: ['glued policy show --origin'],
  },
  {
    path: 'policy check',
    summary: 'check the policy, or a file before it is rolled out: every problem at once',
    positionals: [{ name: 'FILE', kind: 'path', needed: 'no', summary: 'a policy that is not in place yet' }],
    options: [JSON_OPTION],
    examples: ['glued policy check', 'glued policy check new-policy.yaml'],
  },
  {
    path: 'policy schema',
    summary: 'the JSON Schema of a policy',
    positionals: [],
    options: [],
    examples: ['glued policy schema > policy.schema.json'],
  },
  {
    path: 'history',
    summary: 'what earlier runs did',
    positionals: [{ name: 'ID', kind: 'text', needed: 'no', summary: 'one component only' }],
    options: [JSON_OPTION],
    examples: ['glued history demo'],
  },
  {
    path: 'rollback',
    summary: 'put the previous content of a component back, without a network',
    positionals: [COMPONENT],
    options: [JSON_OPTION],
    examples: ['glued rollback demo'],
  },
  {
    path: 'doctor',
    summary: 'look at everything that a run rests on: policy, state, disk, engines, trust, each hop to each server; changes nothing',
    positionals: [],
    options: [JSON_OPTION],
    examples: ['glued doctor', 'glued doctor --json'],
  },
  {
    path: 'repo init',
    summary: 'make a repository and its keys',
    positionals: [DIR],
    options: [{ ...KEYS, needed: 'yes' }, ...INIT_OPTIONS, JSON_OPTION],
    examples: ['glued repo init /srv/content --keys /secure/content-keys'],
  },
  {
    path: 'repo add',
    summary: 'add a component to a repository, with a key of its own',
    positionals: [DIR, COMPONENT],
    options: [TYPE, PLUGIN, { name: 'name', kind: 'text', value: 'TEXT', summary: 'the name that people read' }, KEYS, JSON_OPTION],
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
      JSON_OPTION,
    ],
    examples: ['glued repo revoke /srv/content demo 12 --reason "flags the C library" --safe 11'],
  },
  {
    path: 'repo pause',
    summary: 'stop a release for machines that do not have it yet, or let it go on',
    positionals: [DIR, COMPONENT, SEQ],
    options: [{ name: 'resume', kind: 'flag', summary: 'let it go on' }, KEYS, JSON_OPTION],
    examples: ['glued repo pause /srv/content demo 12', 'glued repo pause /srv/content demo 12 --resume'],
  },
  {
    path: 'repo refresh',
    summary: 'sign snapshot and timestamp anew, so that they do not expire',
    positionals: [DIR],
    options: [KEYS, JSON_OPTION],
    examples: ['glued repo refresh /srv/content'],
  },
  {
    path: 'repo check',
    summary: 'read a whole repository as a client would',
    positionals: [DIR],
    options: [JSON_OPTION],
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
  {
    path: 'registry add',
    summary: "register a product's component on this machine",
    positionals: [COMPONENT],
    options: [
      TYPE,
      PLUGIN,
      { name: 'path', kind: 'path', value: 'INSTALLPATH', summary: 'where its content lives', needed: 'yes' },
      { name: 'channel', kind: 'text', value: 'CHANNEL', summary: 'follow this channel' },
      { name: 'set', kind: 'list', value: 'KEY=VALUE', summary: 'a setting of the plug-in; may be repeated' },
      { name: 'name', kind: 'text', value: 'TEXT', summary: 'the name that people read' },
      { name: 'adopt', kind: 'flag', summary: 'take over files that are there already' },
      JSON_OPTION,
    ],
    examples: ['glued registry add demo --type av --plugin files --path /opt/demo/rules'],
  },
  {
    path: 'registry remove',
    summary: 'forget a component; its content stays',
    positionals: [COMPONENT],
    options: [JSON_OPTION],
    examples: ['glued registry remove demo'],
  },
  {
    path: 'registry list',
    summary: 'the components of this machine',
    positionals: [],
    options: [JSON_OPTION],
    examples: ['glued registry list'],
  },
  {
    path: 'plugin check',
    summary: 'does an external plug-in keep the protocol? Every check, and what to mend',
    positionals: [{ name: 'PATH', kind: 'path', needed: 'yes', summary: "the plug-in's file" }],
    options: [JSON_OPTION],
    examples: ['glued plugin check ./yara-rules.sh'],
  },
] as const satisfies readonly CommandSpec[];

/** The name of a command: `run`, `policy show`. */
export type CommandPath = (typeof COMMANDS)[number]['path'];

/** A group's first word and what its commands are about, for help. */
export const GROUPS = {
  policy: "the administrator's policy",
  repo: "the content server's side",
  registry: "this machine's components",
  plugin: 'external plug-ins',
} as const satisfies Readonly<Record<string, string>>;

/** The options that a command takes: its own, and the global ones that it does not hide. */
export function optionsOf(command: CommandSpec): readonly OptionSpec[] {
  const own = new Set(command.options.map((o) => o.name));
  return [...command.options, ...GLOBAL_OPTIONS.filter((o) => !own.has(o.name))];
}

/** The command that these words start with: two words first, then one. */
export function commandOf(words: readonly string[]): CommandSpec | undefined {
  const two = words.slice(0, 2).join(' ');
  return COMMANDS.find((c) => c.path === two) ?? COMMANDS.find((c) => c.path === words[0]);
}
