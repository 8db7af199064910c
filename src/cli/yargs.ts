import yargs from 'yargs';
import { COMMANDS, GLOBAL_OPTIONS, GROUPS, optionsOf } from './commands.ts';
import type { CommandSpec, OptionSpec, RawInvocation } from './spec.ts';

/** What yargs made of argv: sorted, or the sentence in which it refused. */
export type YargsAnswer = { readonly kind: 'sorted'; readonly raw: RawInvocation } | { readonly kind: 'refused'; readonly problem: string };

type Parser = ReturnType<typeof yargs>;
type Parsed = { readonly [name: string]: unknown; readonly _: readonly (string | number)[] };

/** Off is all that guesses: types, dots in names, abbreviations, `--no-x`, files named in argv. */
const SETTINGS = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'duplicate-arguments-array': true,
  'greedy-arrays': false,
  'short-option-groups': false,
} as const;

/** Sorts argv by the same table as fast-argv, for whatever that is not sure of. Reads no file and ends no process. */
export function yargsArgv(argv: readonly string[]): YargsAnswer {
  let raw: RawInvocation | undefined;
  let problem: string | undefined;
  // a folder is given, so that yargs does not ask for the current one
  const root = yargs([...argv], '/')
    .parserConfiguration(SETTINGS)
    .detectLocale(false)
    .exitProcess(false)
    .showHelpOnFail(false)
    .help(false)
    .version(false)
    .strictOptions()
    .fail((message: string | null, error: Error | undefined) => {
      problem ??= message ?? error?.message ?? 'the command line is not understood';
    });
  declareGlobals(root);
  const take = (command: CommandSpec, parsed: Parsed): void => {
    raw = gather(command, parsed);
  };
  for (const command of COMMANDS) {
    if (!command.path.includes(' ')) addCommand(root, command.path, command, take);
  }
  for (const group of Object.keys(GROUPS)) {
    root.command(group, false, (inner) => {
      declareGlobals(inner);
      for (const command of COMMANDS) {
        const [first, second] = command.path.split(' ');
        if (first === group && second !== undefined) addCommand(inner, second, command, take);
      }
      return inner;
    });
  }
  root.parseSync();
  if (raw !== undefined) problem ??= flagWithValue(argv, raw.command);
  if (problem !== undefined) return { kind: 'refused', problem };
  return raw === undefined ? { kind: 'refused', problem: 'no such command' } : { kind: 'sorted', raw };
}

/** For this level only: a command may have an option of the same name that takes a value. */
function declareGlobals(parser: Parser): void {
  for (const option of GLOBAL_OPTIONS) parser.option(option.name, { ...describe(option), global: false });
}

function addCommand(parser: Parser, name: string, command: CommandSpec, take: (command: CommandSpec, parsed: Parsed) => void): void {
  parser.command(
    name,
    false,
    (inner) => {
      for (const option of optionsOf(command)) inner.option(option.name, describe(option));
      return inner;
    },
    (parsed) => take(command, parsed),
  );
}

function describe(option: OptionSpec): { type: 'boolean' | 'string'; requiresArg: boolean } {
  return option.kind === 'flag' ? { type: 'boolean', requiresArg: false } : { type: 'string', requiresArg: true };
}

/** yargs takes `--json=maybe` for false. */
function flagWithValue(argv: readonly string[], command: CommandSpec): string | undefined {
  const flags = optionsOf(command).filter((o) => o.kind === 'flag');
  const wrong = flags.find((o) => argv.some((t) => t.startsWith(`--${o.name}=`) && !/=(true|false)$/.test(t)));
  return wrong === undefined ? undefined : `--${wrong.name} takes no value`;
}

function gather(command: CommandSpec, parsed: Parsed): RawInvocation {
  const options = new Map<string, string[]>();
  for (const option of optionsOf(command)) {
    const value = parsed[option.name];
    if (value === undefined || value === false) continue;
    if (option.kind === 'flag') options.set(option.name, []);
    else options.set(option.name, Array.isArray(value) ? value.map(String) : [String(value)]);
  }
  const words = parsed._.map(String).slice(command.path.split(' ').length);
  return { command, words, options };
}
