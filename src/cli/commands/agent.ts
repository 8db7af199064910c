import { CONSOLES } from '../../model/console.ts';
import { CONTENT_TYPES } from '../../model/policy.ts';
import type { CommandSpec, OptionSpec } from '../spec.ts';
import { COMPONENT, json } from './options.ts';

const RUN_OPTIONS: readonly OptionSpec[] = [
  { name: 'content', kind: 'commas', value: 'TYPES', choices: CONTENT_TYPES, summary: 'only these content types' },
  { name: 'component', kind: 'list', value: 'ID', summary: 'only this component; may be repeated' },
  { name: 'force', kind: 'flag', summary: 'past schedule, quarantine and cooldown; mends what is not whole' },
  { name: 'dry-run', kind: 'flag', summary: 'say what a run would do; download and change nothing' },
  json('glued.run/1'),
  { name: 'quiet', kind: 'flag', summary: 'print nothing unless something failed' },
  { name: 'no-input', kind: 'flag', summary: 'ask nobody: the policy answers' },
  { name: 'no-daemon', kind: 'flag', summary: 'do it here, also where a daemon could be asked' },
  { name: 'trace', kind: 'path', value: 'FILE', summary: 'write every HTTP exchange to this file (HAR), without secrets and bodies' },
];

/** The agent's own commands, in the order of help. */
export const AGENT_COMMANDS = [
  {
    path: 'run',
    summary: 'bring content up to date, under the policy',
    positionals: [],
    options: RUN_OPTIONS,
    examples: ['glued run', 'glued run --content av,ips --json', 'glued run --dry-run', 'glued run --trace /tmp/run.har'],
  },
  {
    path: 'status',
    summary: 'whether all is well, what the last run did, and how fresh content is',
    positionals: [],
    options: [
      json('glued.status/1'),
      { name: 'field', kind: 'text', value: 'PATH', summary: 'one value: last.components.ID.after.version' },
      { name: 'format', kind: 'text', value: 'CONSOLE', choices: CONSOLES, summary: 'as a management console reads it' },
      { name: 'watch', kind: 'flag', summary: 'show it anew after each run, until Ctrl-C; with --json a document a line' },
    ],
    examples: ['glued status', 'glued status --json', 'glued status --field health', 'glued status --format nagios', 'glued status --watch'],
  },
  {
    path: 'explain',
    summary: "why content is, or is not, up to date: every gate's verdict",
    positionals: [{ name: 'ID', kind: 'text', needed: 'no', summary: 'a component, or a content type' }],
    options: [{ name: 'at', kind: 'time', value: 'TIME', summary: 'what a run would do at this moment, and when the next is due then (RFC 3339)' }, json('glued.explain/1')],
    examples: ['glued explain', 'glued explain av', 'glued explain --at 2026-12-24T22:30:00Z', 'glued explain demo --policy /tmp/candidate.json'],
  },
  {
    path: 'policy show',
    summary: 'the effective policy',
    positionals: [],
    options: [{ name: 'origin', kind: 'flag', summary: 'where each value comes from, and what it overrode' }, json('glued.policy/1')],
    examples: ['glued policy show --origin'],
  },
  {
    path: 'policy check',
    summary: 'check the policy, or a file before it is rolled out: every problem at once',
    positionals: [{ name: 'FILE', kind: 'path', needed: 'no', summary: 'a policy that is not in place yet' }],
    options: [json('glued.policy/1')],
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
    options: [json('glued.history/1')],
    examples: ['glued history demo'],
  },
  {
    path: 'rollback',
    summary: 'put the previous content of a component back, without a network',
    positionals: [COMPONENT],
    options: [json('glued.run/1')],
    examples: ['glued rollback demo'],
  },
  {
    path: 'daemon',
    summary: 'stay, run by schedule, and take commands on the control socket',
    positionals: [],
    options: [{ name: 'idle-exit', kind: 'duration', value: 'TIME', summary: 'end after so long with nothing to do: 30s, 10m, 2h' }],
    examples: ['glued daemon', 'glued daemon --idle-exit 10m'],
  },
  {
    path: 'recover',
    summary: 'before the engines start: finish what was interrupted, and take back content that never proved itself; needs no network and no policy',
    positionals: [],
    options: [json('glued.run/1')],
    examples: ['glued recover', 'glued recover --json'],
  },
  {
    path: 'doctor',
    summary: 'look at everything that a run rests on: policy, state, disk, engines, trust, each hop to each server; changes nothing',
    positionals: [],
    options: [json('glued.doctor/1')],
    examples: ['glued doctor', 'glued doctor --json'],
  },
] as const satisfies readonly CommandSpec[];
