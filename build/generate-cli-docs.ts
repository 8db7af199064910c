import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { COMMANDS, GLOBAL_OPTIONS, GROUPS, optionsOf } from '../src/cli/commands.ts';
import { optionForm, optionText, synopsis } from '../src/cli/help.ts';
import type { CommandSpec, OptionSpec } from '../src/cli/spec.ts';
import { CODES } from '../src/model/index.ts';
import { at } from './support/root.ts';

const GENERATED = 'Made from the table of commands by `make docs`: edit that, not this.';

const cell = (text: string): string => text.replaceAll('|', '\\|');
const row = (left: string, right: string): string => `| \`${cell(left)}\` | ${cell(right)} |\n`;

function commandSection(command: CommandSpec): string {
  const parts = [`## glued ${command.path}\n\n${command.summary}\n\n    glued ${synopsis(command)}\n`];
  const rows = [
    ...command.positionals.map((p) => row(p.name, p.summary)),
    ...command.options.map((o) => row(optionForm(o), `${optionText(o)}${o.needed === 'yes' ? ' (needed)' : ''}`)),
  ];
  if (rows.length > 0) parts.push('\n| | |\n| --- | --- |\n', ...rows);
  parts.push('\nFor example:\n\n', ...command.examples.map((e) => `    ${e}\n`));
  return parts.join('');
}

/** docs/commands.md. */
export function commandsPage(): string {
  const shared = GLOBAL_OPTIONS.map((o) => row(optionForm(o), optionText(o))).join('');
  const codes = Object.entries(CODES).map(([name, code]) => `| ${code} | ${name} |\n`).join('');
  return [
    `# Commands\n\n${GENERATED}\n\n`,
    'Data goes to stdout, all else to stderr. With `--json` stdout holds exactly one document, whatever happens: the\n',
    'command\'s own, or `glued.error/1` where it failed before it had one. Each has a JSON Schema in [schema/](schema/),\n',
    'by its name: that of `glued.run/1` is `glued.run.1.json`. The one of `glued.policy/1` refers to `policies/policy.schema.json`.\n\n',
    COMMANDS.map(commandSection).join('\n'),
    `\n## Options of every command\n\n| | |\n| --- | --- |\n${shared}`,
    `\n## Exit codes\n\n| code | name |\n| --- | --- |\n${codes}`,
  ].join('');
}

const roff = (text: string): string => text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^([.'])/gm, '\\&$1');
const roffOption = (o: OptionSpec): string => `.TP\n.B ${roff(optionForm(o))}\n${roff(optionText(o))}\n`;

/** docs/glued.1. */
export function manPage(): string {
  const command = (c: CommandSpec): string =>
    `.SS ${roff(`glued ${synopsis(c)}`)}\n${roff(c.summary)}\n${c.positionals.map((p) => `.TP\n.I ${roff(p.name)}\n${roff(p.summary)}\n`).join('')}${c.options.map(roffOption).join('')}`;
  return [
    '.\\" Made from the table of commands by make docs: edit that, not this.\n',
    '.TH GLUED 1 "" "glued" "User Commands"\n',
    '.SH NAME\nglued \\- keeps security content current, under a policy\n',
    '.SH SYNOPSIS\n.B glued\n.I COMMAND\n[options]\n',
    '.SH DESCRIPTION\nglued brings antivirus definitions and other security content up to date from signed repositories,\n',
    'tests it before it is used, and says of every component what happened and why.\n',
    `.SH COMMANDS\n${COMMANDS.map(command).join('')}`,
    `.SH OPTIONS\n${GLOBAL_OPTIONS.map(roffOption).join('')}`,
    `.SH EXIT STATUS\n${Object.entries(CODES).map(([name, code]) => `.TP\n.B ${code}\n${roff(name)}\n`).join('')}`,
    '.SH FILES\n.TP\n.I /etc/glued/policy.json, policy.d\nthe policy\n.TP\n.I /var/lib/glued\nstate, registry, status.json\n.TP\n.I /var/log/glued/glued.log\nthe log\n',
  ].join('');
}

function completionCase(command: CommandSpec): string {
  const options = optionsOf(command).map((o) => `--${o.name}`).join(' ');
  return `    ${JSON.stringify(command.path)}) words=${JSON.stringify(options)} ;;\n`;
}

function choiceCases(): string {
  const seen = new Map<string, string>();
  for (const command of COMMANDS) {
    for (const o of optionsOf(command)) if (o.choices !== undefined) seen.set(`${command.path} --${o.name}`, o.choices.join(' '));
  }
  return [...seen].map(([key, words]) => `    ${JSON.stringify(key)}) COMPREPLY=($(compgen -W ${JSON.stringify(words)} -- "$current")); return ;;\n`).join('');
}

/** docs/glued.bash: completion of commands, options and the values that are one of a few. */
export function completion(): string {
  const first = [...new Set(COMMANDS.map((c) => c.path.split(' ')[0]))].join(' ');
  const groups = Object.keys(GROUPS).map((g) => {
    const inner = COMMANDS.filter((c) => c.path.startsWith(`${g} `)).map((c) => c.path.slice(g.length + 1));
    return `    ${g}) words=${JSON.stringify(inner.join(' '))} ;;\n`;
  });
  const globals = GLOBAL_OPTIONS.map((o) => `--${o.name}`).join(' ');
  return `# bash completion for glued. Made from the table of commands by make docs: edit that, not this.
_glued() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command= word words=
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in -*) ;; *) command="\${command:+$command }$word" ;; esac
  done
  case $command in ${Object.keys(GROUPS).map((g) => `"${g} "*`).join('|')}) command=$(set -- $command; echo "$1 $2") ;; *' '*) command=\${command%% *} ;; esac
  case "$command $previous" in
${choiceCases()}  esac
  case $command in
    '') words=${JSON.stringify(`${first} ${globals}`)} ;;
${groups.join('')}${COMMANDS.map(completionCase).join('')}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _glued glued
`;
}

/** Every file that this makes. */
export const CLI_DOCS: Readonly<Record<string, () => string>> = {
  'docs/commands.md': commandsPage,
  'docs/glued.1': manPage,
  'docs/glued.bash': completion,
};

if (import.meta.main) {
  for (const [path, make] of Object.entries(CLI_DOCS)) {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), make());
  }
}
