import { type Terminal, timesForPeople } from '../../model/index.ts';
import { printable } from '../sanitize.ts';

/** How wide the reader's terminal is, whether it shows colour, and whether it is one: a file or a pipe has no edge. */
export type Look = Pick<Terminal, 'columns' | 'colour' | 'stdoutIsTerminal'>;

const SGR = { bold: '1', dim: '2', good: '32', warn: '33', bad: '31' } as const;
export type Paint = keyof typeof SGR;

/** Colours a text that is safe already (ECMA-48, SGR). */
export function paint(look: Look, how: Paint, text: string): string {
  return look.colour === 'on' ? `\u001b[${SGR[how]}m${text}\u001b[0m` : text;
}

/** Narrower than this nobody could read it, wider it gets lost. */
const MIN_COLUMNS = 40;
const MAX_COLUMNS = 120;

export function widthOf({ columns }: Look): number {
  return Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, Number.isFinite(columns) && columns > 0 ? columns : 80));
}

/** Outside text, made safe and broken at blanks into lines that start with `indent`. A word longer than a line is cut. */
export function wrap(look: Look, text: string, indent: string): string {
  const room = widthOf(look) - indent.length;
  const lines: string[] = [];
  let line = '';
  for (const word of printable(text).split(/ +/)) {
    let rest = word;
    if (line !== '' && line.length + 1 + rest.length > room) {
      lines.push(line);
      line = '';
    }
    while (rest.length > room) {
      lines.push(rest.slice(0, room));
      rest = rest.slice(room);
    }
    line = line === '' ? rest : `${line} ${rest}`;
  }
  if (line !== '') lines.push(line);
  return lines.map((l) => `${indent}${l}\n`).join('');
}

export type Cell = { readonly text: string; readonly paint?: Paint };
export const cell = (text: string): Cell => ({ text });

/** No column but the last is wider than this. */
const MAX_CELL = 32;

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 2))}..` : text;
}

/** A table whose columns are as wide as needed; the last is cut at the edge of a terminal, so that a row is a line. */
export function table(look: Look, head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const safe = rows.map((row) => row.map((c) => ({ ...c, text: printable(c.text) })));
  const last = head.length - 1;
  const widths = head.map((title, i) => Math.min(MAX_CELL, Math.max(title.length, ...safe.map((row) => row[i]?.text.length ?? 0))));
  const before = widths.slice(0, last).reduce((sum, w) => sum + w + 2, 0);
  const roomForLast = look.stdoutIsTerminal ? Math.max(12, widthOf(look) - before) : Number.POSITIVE_INFINITY;
  const line = (cells: readonly Cell[]): string => {
    const texts = cells.map((c, i) => {
      const fitted = cut(c.text, i === last ? roomForLast : (widths[i] ?? 0));
      const filled = i === last ? fitted : fitted.padEnd(widths[i] ?? 0);
      return c.paint === undefined ? filled : paint(look, c.paint, filled);
    });
    return `${texts.join('  ').trimEnd()}\n`;
  };
  return [head.map((title): Cell => ({ text: title, paint: 'bold' })), ...safe].map(line).join('');
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `512 bytes`, `1.5 MiB`. */
export function bytesText(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit] ?? ''}`;
}

/** `2026-11-25 08:00:05 UTC` of an RFC 3339 text; `never` of null. */
export function timeText(at: string | null): string {
  return at === null ? 'never' : printable(timesForPeople(at));
}

/** The same without seconds, for tables: `2026-11-25 08:00Z`. */
export function minuteText(at: string | null): string {
  return at === null ? 'never' : printable(at.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(\.\d+)?Z$/, '$1 $2Z'));
}
