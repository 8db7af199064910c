import type { DocumentName } from '../report/index.ts';

/**
 * How one option takes its value. `list` may be repeated; `commas` is a comma-separated list of choices and may be repeated too; `time` is
 * RFC 3339 with a zone; `duration` is `30s`, `10m` or `2h`.
 */
export type OptionKind = 'flag' | 'text' | 'path' | 'time' | 'integer' | 'duration' | 'list' | 'commas';

/** One option of one command, or of all. `value` is the word that help shows in place of the value. */
export type OptionSpec = {
  readonly name: string;
  readonly kind: OptionKind;
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly summary: string;
  readonly needed?: 'yes';
  /** what is printed where it is given */
  readonly document?: DocumentName;
};

/** One word after the command. `path`: resolved against the current folder; `integer`: a whole number. */
export type PositionalSpec = { readonly name: string; readonly kind: 'text' | 'path' | 'integer'; readonly needed: 'yes' | 'no'; readonly summary: string };

/** One row of the table of commands: parsing, help, completion and the man page come from it. */
export type CommandSpec = {
  readonly path: string;
  readonly summary: string;
  readonly positionals: readonly PositionalSpec[];
  readonly options: readonly OptionSpec[];
  /** lines of help that show it used */
  readonly examples: readonly string[];
};

/** What was typed, sorted into words and options, not yet checked. A flag has no values. */
export type RawInvocation = {
  readonly command: CommandSpec;
  readonly words: readonly string[];
  readonly options: ReadonlyMap<string, readonly string[]>;
};
