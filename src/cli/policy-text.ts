/** The policy for a person's eyes: one key a line, where it comes from, what it overrode. */
import type { LoadedPolicy, Origin } from '../model/index.ts';
import { printable } from '../report/index.ts';

/** `key  value` of every effective key. */
export function policyTable({ origins }: LoadedPolicy): string {
  return columns(origins.map(({ key, value }) => [key, valueText(value)]));
}

/** `key  value  source:line`, below it what it overrode and was converted from; then what was not read or not understood. */
export function originTable(loaded: LoadedPolicy): string {
  const rows = loaded.origins.flatMap((origin) => [
    [origin.key, valueText(origin.value), sourceText(origin), origin.converted === undefined ? '' : `converted from ${origin.converted.from}`],
    ...origin.overrode.map((before) => ['', '', `  overrode ${sourceText(before)}`, valueText(before.value)]),
  ]);
  return columns([['KEY', 'VALUE', 'SOURCE', ''], ...rows]) + notesText(loaded);
}

function notesText({ sources, skipped, ignoredKeys, digest }: LoadedPolicy): string {
  const lines = [
    '',
    ...sources.map(({ path, trusted }) => `read      ${path}${trusted ? '' : '  (not trusted: the check was lifted by --insecure-policy)'}`),
    ...skipped.map(({ path, reason }) => `not read  ${path}  (${reason})`),
    ...ignoredKeys.map((key) => `ignored   ${key}  (a key of a newer schema)`),
    `digest    ${digest}`,
  ];
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function sourceText({ source, line }: Pick<Origin, 'source' | 'line'>): string {
  return line === undefined ? source : `${source}:${line}`;
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Columns as wide as their widest cell, but none wider than WIDEST, which a path or list may exceed. */
function columns(rows: readonly (readonly string[])[]): string {
  const WIDEST = 44;
  const safe = rows.map((row) => row.map(printable));
  const width = (at: number): number => Math.min(WIDEST, Math.max(0, ...safe.map((row) => row[at]?.length ?? 0)));
  const widths = (safe[0] ?? []).map((_, at) => width(at));
  return safe.map((row) => `${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ').trimEnd()}\n`).join('');
}
