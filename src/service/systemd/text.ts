/**
 * systemd's unit syntax (systemd.syntax(7), systemd.service(5)). `%` begins a specifier everywhere; a word in double quotes may hold
 * blanks, and a backslash in it takes the next character as it is.
 */

import { hasControlCharacter } from '../facts.ts';

/** `[key, value]` lines below `[name]`; a value is escaped already. */
export type Section = { readonly name: string; readonly lines: readonly (readonly [string, string])[] };

/** A unit: what it is for, then its sections. */
export function unitText(about: string, sections: readonly Section[]): string {
  const body = sections.map(({ name, lines }) => `\n[${name}]\n${lines.map(([key, value]) => `${key}=${value}\n`).join('')}`);
  return `# ${about}\n# Changes belong into a drop-in (systemctl edit NAME), which stays when this file is replaced.\n${body.join('')}`;
}

/** Control characters have no place in a unit, and a line's end must be what it looks like; a program's path has no quotation mark either. */
export function isUnfit(path: string, use: 'program' | 'other' = 'other'): boolean {
  return hasControlCharacter(path) || /[\s\\]$|^\s/.test(path) || (use === 'program' && /["'\\]/.test(path));
}

const percent = (text: string): string => text.replaceAll('%', '%%');

/** One word of a list, or of a command line that is not expanded (`:`). */
export function word(text: string): string {
  return /^[\w@+=:,./-]+$/.test(text) ? text : `"${percent(text).replace(/[\\"]/g, '\\$&')}"`;
}

/** A value that is one path to the end of the line. */
export const wholeLine = percent;

/** `:` before the program: `$` in an argument is a `$`. */
export const execLine = (argv: readonly string[]): string => `:${argv.map(word).join(' ')}`;

/** The words of a list as systemd reads them, for `ReadWritePaths=`. */
export function words(value: string): readonly string[] {
  return [...value.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) => (quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '').replaceAll('%%', '%'));
}
