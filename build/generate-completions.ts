import { writeFileSync } from 'node:fs';
import { COMMANDS, GROUPS, optionsOf } from '../src/cli/commands.ts';
import { optionText } from '../src/cli/help.ts';
import type { CommandSpec, OptionSpec } from '../src/cli/spec.ts';
import { at } from './support/root.ts';

const MADE = 'Made from the table of commands by make docs: edit that, not this.';

/** A text for a shell that takes everything between apostrophes as it is. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
/** The same for fish, where a backslash counts between apostrophes too. */
const fishQuoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

const plain = COMMANDS.filter((c) => !c.path.includes(' '));
const inGroup = (group: string): readonly (readonly [string, string])[] => COMMANDS.filter((c) => c.path.startsWith(`${group} `)).map((c) => [c.path.slice(group.length + 1), c.summary]);
const firstWords: readonly (readonly [string, string])[] = [...plain.map((c): [string, string] => [c.path, c.summary]), ...Object.entries(GROUPS)];

/** `name:what it is`, as _describe takes it. */
const described = (rows: readonly (readonly [string, string])[]): string => rows.map(([name, about]) => quoted(`${name}:${about.replaceAll(':', '\\:')}`)).join(' ');

function zshOption(option: OptionSpec): string {
  const about = optionText(option).replace(/[\\:[\]]/g, '\\$&');
  if (option.kind === 'flag') return quoted(`--${option.name}[${about}]`);
  const values = option.choices !== undefined ? `(${option.choices.join(' ')})` : option.kind === 'path' ? '_files' : ' ';
  return quoted(`${option.kind === 'list' ? '*' : ''}--${option.name}=[${about}]:${option.value ?? 'TEXT'}:${values}`);
}

function zshCase(command: CommandSpec): string {
  return `    ${quoted(command.path)}) _arguments ${[...optionsOf(command).map(zshOption), quoted('*:file:_files')].join(' ')} ;;\n`;
}

/** docs/glued.zsh, installed as `_glued`. */
export function zshCompletion(): string {
  const groups = Object.keys(GROUPS);
  return `#compdef glued
# zsh completion for glued. ${MADE}
_glued() {
  local -a list
  local command=$words[2]
  if (( CURRENT == 2 )); then
    list=(${described(firstWords)})
    _describe -t commands command list
    return
  fi
  case $command in
    ${groups.join('|')})
      if (( CURRENT == 3 )); then
        case $command in
${groups.map((g) => `          ${g}) list=(${described(inGroup(g))}) ;;\n`).join('')}        esac
        _describe -t commands command list
        return
      fi
      command="$command $words[3]"
      shift words
      (( CURRENT-- ))
      ;;
  esac
  shift words
  (( CURRENT-- ))
  case $command in
${COMMANDS.map(zshCase).join('')}  esac
}
_glued "$@"
`;
}

function fishOption(command: CommandSpec, option: OptionSpec): string {
  const takes = option.kind === 'flag' ? '' : option.choices !== undefined ? ` -x -a ${fishQuoted(option.choices.join(' '))}` : option.kind === 'path' ? ' -r -F' : ' -x';
  return `complete -c glued -n ${fishQuoted(`__glued_is '${command.path} '`)} -l ${option.name}${takes} -d ${fishQuoted(optionText(option))}\n`;
}

const fishWord = (before: string, [name, about]: readonly [string, string]): string =>
  `complete -c glued -f -n ${fishQuoted(`__glued_words '${before}'`)} -a ${name} -d ${fishQuoted(about)}\n`;

/** docs/glued.fish. */
export function fishCompletion(): string {
  return [
    `# fish completion for glued. ${MADE}\n`,
    "# the words that were given so far, without options: exactly these\nfunction __glued_words\n  set -l words (string match -v -- '-*' (commandline -opc))[2..-1]\n  test \"$words\" = \"$argv[1]\"\nend\n",
    "# beginning with these\nfunction __glued_is\n  set -l words (string match -v -- '-*' (commandline -opc))[2..-1]\n  string match -q -- \"$argv[1]*\" \"$words \"\nend\n",
    ...firstWords.map((row) => fishWord('', row)),
    ...Object.keys(GROUPS).flatMap((g) => inGroup(g).map((row) => fishWord(g, row))),
    ...COMMANDS.flatMap((c) => optionsOf(c).map((o) => fishOption(c, o))),
  ].join('');
}

/** Every file that this makes. */
export const COMPLETIONS: Readonly<Record<string, () => string>> = { 'docs/glued.zsh': zshCompletion, 'docs/glued.fish': fishCompletion };

if (import.meta.main) for (const [path, make] of Object.entries(COMPLETIONS)) writeFileSync(at(path), make());
