import { resolve } from 'node:path';
import { fail, type Failure, type Instant, ok, type Outcome, parseInstant } from '../model/index.ts';
import { optionsOf } from './commands.ts';
import type { CommandSpec, OptionSpec, RawInvocation } from './spec.ts';

/** What was typed, checked against the table; every name asked for must be in it. Paths are absolute. */
export type Invocation = {
  readonly command: CommandSpec;
  flag(name: string): boolean;
  text(name: string): string | undefined;
  integer(name: string): number | undefined;
  time(name: string): Instant | undefined;
  /** milliseconds */
  duration(name: string): number | undefined;
  list(name: string): readonly string[];
  /** the word in the place of a positional */
  word(name: string): string | undefined;
};

/** A usage failure of this command: one sentence, and where help is. */
export function usage(problem: string, command?: CommandSpec): Failure {
  const help = command === undefined ? 'glued --help' : `glued ${command.path} --help`;
  return { why: 'usage', data: { problem, help } };
}

/** Checks words and values; the first problem is told, in the words that were typed. */
export function checkInvocation(raw: RawInvocation, cwd: string): Outcome<Invocation, Failure> {
  const { command } = raw;
  const problem = wordProblem(raw) ?? optionsOf(command).map((o) => optionProblem(o, raw.options.get(o.name))).find((p) => p !== undefined);
  if (problem !== undefined) return fail('usage', { problem, help: `glued ${command.path} --help` });
  const values = new Map<string, readonly string[]>();
  for (const option of optionsOf(command)) {
    const given = raw.options.get(option.name);
    if (given !== undefined) values.set(option.name, convert(option, given, cwd));
  }
  const words = new Map<string, string>();
  command.positionals.forEach((p, i) => {
    const word = raw.words[i];
    if (word !== undefined) words.set(p.name, p.kind === 'path' ? resolve(cwd, word) : word);
  });
  return ok({
    command,
    flag: (name) => values.has(name),
    text: (name) => values.get(name)?.[0],
    integer: (name) => {
      const value = values.get(name)?.[0];
      return value === undefined ? undefined : Number(value);
    },
    duration: (name) => durationMs(values.get(name)?.[0] ?? ''),
    time: (name) => parseInstant(values.get(name)?.[0] ?? ''),
    list: (name) => values.get(name) ?? [],
    word: (name) => words.get(name),
  });
}

const isInteger = (text: string | undefined): boolean => /^\d{1,15}$/.test(text ?? '');

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000 } as const;

/** `30s`, `10m`, `2h`, none of them nothing. */
function durationMs(text: string): number | undefined {
  const [, count, unit] = /^([1-9]\d{0,5})([smh])$/.exec(text) ?? [];
  return unit === 's' || unit === 'm' || unit === 'h' ? Number(count) * UNIT_MS[unit] : undefined;
}

function convert(option: OptionSpec, given: readonly string[], cwd: string): readonly string[] {
  if (option.kind === 'path') return given.map((v) => resolve(cwd, v));
  if (option.kind === 'commas') return [...new Set(given.flatMap((v) => v.split(',')))];
  return given;
}

/** A `~` that the shell left, in quotes or behind `=`: taken as it is it would make a folder of that name, which people remove with all in theirs. */
const isHome = (path: string): boolean => path === '~' || path.startsWith('~/');
const homeProblem = (what: string, path: string): string => `${what} is '${path}', where ~ is not replaced (the shell does that, outside of quotes and not behind =); write the whole path`;

function wordProblem({ command, words }: RawInvocation): string | undefined {
  const missing = command.positionals.find((p, i) => p.needed === 'yes' && (words[i] ?? '') === '');
  if (missing !== undefined) return `${command.path} needs ${missing.name}, ${missing.summary}`;
  const noNumber = command.positionals.findIndex((p, i) => p.kind === 'integer' && words[i] !== undefined && !isInteger(words[i]));
  if (noNumber >= 0) return `${command.positionals[noNumber]?.name} takes a whole number, not '${words[noNumber]}'`;
  const home = command.positionals.findIndex((p, i) => p.kind === 'path' && isHome(words[i] ?? ''));
  if (home >= 0) return homeProblem(command.positionals[home]?.name ?? '', words[home] ?? '');
  const extra = words[command.positionals.length];
  return extra === undefined ? undefined : `${command.path} takes no '${extra}'`;
}

function optionProblem(option: OptionSpec, given: readonly string[] | undefined): string | undefined {
  const name = `--${option.name}`;
  if (given === undefined) return option.needed === 'yes' ? `${name} ${option.value ?? ''} is needed: ${option.summary}` : undefined;
  if (option.kind === 'flag') return undefined;
  if (given.length > 1 && option.kind !== 'list' && option.kind !== 'commas') return `${name} is given ${given.length} times`;
  for (const value of option.kind === 'commas' ? given.flatMap((v) => v.split(',')) : given) {
    if (value === '') return `${name} has an empty value`;
    if (option.kind === 'path' && isHome(value)) return homeProblem(name, value);
    if (option.kind === 'integer' && !isInteger(value)) return `${name} takes a whole number, not '${value}'`;
    if (option.kind === 'time' && parseInstant(value) === undefined) return `${name} takes a time like 2026-11-25T06:30:00Z, not '${value}'`;
    if (option.kind === 'duration' && durationMs(value) === undefined) return `${name} takes a duration like 30s, 10m or 2h, not '${value}'`;
    if (option.choices !== undefined && !option.choices.includes(value)) {
      return `${name} takes ${option.choices.join(', ')}, not '${value}'`;
    }
  }
  return undefined;
}
