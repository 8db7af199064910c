import { commandOf, GLOBAL_OPTIONS, GROUPS, optionsOf } from './commands.ts';
import type { CommandSpec, OptionSpec, RawInvocation } from './spec.ts';

/**
 * Plain argv without the parser's 75 ms: every word is a known command, a known option in full or a value, or the answer is undefined
 * and yargs decides. A test holds both to the same answers.
 */
export function fastArgv(argv: readonly string[]): RawInvocation | undefined {
  const command = findCommand(argv);
  return command === undefined ? undefined : sort(argv, command);
}

/** The first words that are neither a global option nor its value. */
function findCommand(argv: readonly string[]): CommandSpec | undefined {
  const words: string[] = [];
  for (let i = 0; i < argv.length && words.length < 2; i++) {
    const token = argv[i] ?? '';
    if (!token.startsWith('-')) {
      words.push(token);
      if (words.length === 1 && !Object.hasOwn(GROUPS, token)) break;
      continue;
    }
    const option: OptionSpec | undefined = GLOBAL_OPTIONS.find((o) => `--${o.name}` === token || token.startsWith(`--${o.name}=`));
    if (option === undefined) return undefined;
    if (option.kind !== 'flag' && !token.includes('=')) i++;
  }
  return commandOf(words);
}

function sort(argv: readonly string[], command: CommandSpec): RawInvocation | undefined {
  const known = optionsOf(command);
  const words: string[] = [];
  const options = new Map<string, string[]>();
  for (let i = 0; i < argv.length; i++) {
    const token = argv[i] ?? '';
    if (token === '') return undefined;
    if (!token.startsWith('-')) {
      words.push(token);
      continue;
    }
    const equals = token.indexOf('=');
    const name = equals < 0 ? token : token.slice(0, equals);
    const option = known.find((o) => `--${o.name}` === name);
    if (option === undefined || option.name === 'help') return undefined;
    const given = options.get(option.name) ?? [];
    options.set(option.name, given);
    const next = argv[i + 1];
    if (option.kind === 'flag') {
      if (equals >= 0 || next === 'true' || next === 'false') return undefined;
    } else if (equals >= 0) {
      if (equals === token.length - 1) return undefined;
      given.push(token.slice(equals + 1));
    } else {
      if (next === undefined || next === '' || next.startsWith('-')) return undefined;
      given.push(next);
      i++;
    }
  }
  const rest = words.slice(command.path.split(' ').length);
  return { command, words: rest, options };
}
