import { COMMANDS, GLOBAL_OPTIONS, GROUPS, optionsOf } from './commands.ts';
import type { CommandSpec, OptionSpec } from './spec.ts';

/** `repo add DIR ID --type TYPE [options]`: what is needed, then the rest. */
export function synopsis(command: CommandSpec): string {
  const words = command.positionals.map((p) => (p.needed === 'yes' ? p.name : `[${p.name}]`));
  const needed = command.options.filter((o) => o.needed === 'yes').map(optionForm);
  const rest = command.options.length > needed.length ? ['[options]'] : [];
  return [command.path, ...words, ...needed, ...rest].join(' ');
}

/** `--log-level LEVEL`. */
export function optionForm(option: OptionSpec): string {
  return option.kind === 'flag' ? `--${option.name}` : `--${option.name} ${option.value ?? 'TEXT'}`;
}

/** An option's summary, with what it may be. */
export function optionText(option: OptionSpec): string {
  const choices = option.choices === undefined ? '' : `: ${option.choices.join(', ')}`;
  return `${option.summary}${choices}`;
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('');
}

/** The first page: what glued is, each command in a line, where to begin. */
export function rootHelp(): string {
  const plain = COMMANDS.filter((c) => !c.path.includes(' ')).map((c): [string, string] => [c.path, c.summary]);
  const groups = Object.entries(GROUPS).map(([group, about]): string => {
    const rows = COMMANDS.filter((c) => c.path.startsWith(`${group} `)).map((c): [string, string] => [c.path, c.summary]);
    return `\nFor ${about}:\n${columns(rows)}`;
  });
  return [
    'glued keeps security content current on this machine, under a policy.\n\n',
    'Usage: glued COMMAND [options]\n\nCommands:\n',
    columns(plain),
    ...groups,
    '\nOptions of every command:\n',
    columns(GLOBAL_OPTIONS.map((o) => [optionForm(o), optionText(o)])),
    '\nStart here: glued policy check, then glued run. What a command takes: glued COMMAND --help\n',
  ].join('');
}

/** One group's commands. */
export function groupHelp(group: keyof typeof GROUPS): string {
  const rows = COMMANDS.filter((c) => c.path.startsWith(`${group} `)).map((c): [string, string] => [synopsis(c), c.summary]);
  return `Commands for ${GROUPS[group]}:\n\n${columns(rows)}\nMore: glued ${group} COMMAND --help\n`;
}

/** One command's page. */
export function commandHelp(command: CommandSpec): string {
  const own = optionsOf(command).filter((o) => command.options.includes(o));
  const others = optionsOf(command).filter((o) => !command.options.includes(o));
  const parts = [`glued ${command.path}: ${command.summary}\n\nUsage: glued ${synopsis(command)}\n`];
  if (command.positionals.length > 0) parts.push('\n', columns(command.positionals.map((p) => [p.name, p.summary])));
  if (own.length > 0) parts.push('\nOptions:\n', columns(own.map((o) => [optionForm(o), optionText(o)])));
  parts.push('\nOptions of every command:\n', columns(others.map((o) => [optionForm(o), optionText(o)])));
  parts.push('\nExamples:\n', ...command.examples.map((e) => `  ${e}\n`));
  return parts.join('');
}
