import { COMMANDS, commandOf, GLOBAL_OPTIONS, GROUPS, optionsOf } from './commands.ts';
import { nearest } from './nearest.ts';
import type { CommandSpec, OptionSpec } from './spec.ts';

/** What is wrong with argv, naming the word and what was likely meant; undefined where nothing here is surely wrong. */
export function usageProblem(argv: readonly string[]): { readonly problem: string; readonly command?: CommandSpec } | undefined {
  const words = plainWords(argv);
  const command = commandOf(words);
  if (command === undefined) return { problem: words.length > 0 ? commandProblem(words) : (optionProblem(argv, GLOBAL_OPTIONS) ?? commandProblem(words)) };
  const problem = optionProblem(argv, optionsOf(command));
  return problem === undefined ? undefined : { problem, command };
}

/** Words that are neither options nor the values of global ones. */
function plainWords(argv: readonly string[]): readonly string[] {
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const token = argv[i] ?? '';
    if (!token.startsWith('-')) words.push(token);
    else if (takesValue(token)) i++;
  }
  return words;
}

function takesValue(token: string): boolean {
  return GLOBAL_OPTIONS.some((o) => o.kind !== 'flag' && `--${o.name}` === token);
}

function commandProblem(words: readonly string[]): string {
  const [first, second] = words;
  if (first === undefined) return 'no command is given';
  if (Object.hasOwn(GROUPS, first)) {
    const inner = COMMANDS.filter((c) => c.path.startsWith(`${first} `)).map((c) => c.path.slice(first.length + 1));
    if (second === undefined) return `${first} needs one of: ${inner.join(', ')}`;
    return `unknown command '${first} ${second}'${meant(nearest(second, inner), `${first} `)}`;
  }
  const known = [...new Set(COMMANDS.map((c) => c.path.split(' ')[0] ?? ''))];
  return `unknown command '${first}'${meant(nearest(first, known), '')}`;
}

function optionProblem(argv: readonly string[], known: readonly OptionSpec[]): string | undefined {
  for (let i = 0; i < argv.length; i++) {
    const token = argv[i] ?? '';
    if (token === '--') return undefined;
    if (!token.startsWith('-') || token === '-') continue;
    const equals = token.indexOf('=');
    const name = equals < 0 ? token : token.slice(0, equals);
    const option = known.find((o) => `--${o.name}` === name);
    if (option === undefined) return `unknown option '${name}'${meant(nearest(name, known.map((o) => `--${o.name}`)), '')}`;
    if (option.kind === 'flag') {
      if (equals >= 0 && !/=(true|false)$/.test(token)) return `${name} takes no value`;
      continue;
    }
    if (equals >= 0) continue;
    const next = argv[i + 1];
    if (next === undefined || next.startsWith('--')) return `${name} needs a value: ${option.value ?? 'TEXT'}, ${option.summary}`;
    i++;
  }
  return undefined;
}

function meant(word: string | undefined, before: string): string {
  return word === undefined ? '' : ` (did you mean '${before}${word}'?)`;
}
