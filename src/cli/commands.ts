import { AGENT_COMMANDS } from './commands/agent.ts';
import { MACHINE_COMMANDS } from './commands/machine.ts';
import { GLOBAL_OPTIONS } from './commands/options.ts';
import { REPO_COMMANDS } from './commands/repo.ts';
import type { CommandSpec, OptionSpec } from './spec.ts';

export { GLOBAL_OPTIONS } from './commands/options.ts';

/** Every command, in the order of help. */
export const COMMANDS = [...AGENT_COMMANDS, ...REPO_COMMANDS, ...MACHINE_COMMANDS] as const satisfies readonly CommandSpec[];

/** The name of a command: `run`, `policy show`. */
export type CommandPath = (typeof COMMANDS)[number]['path'];

/** A group's first word and what its commands are about, for help. */
export const GROUPS = {
  policy: "the administrator's policy",
  repo: "the content server's side",
  registry: "this machine's components",
  service: 'starting by itself',
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
