import type { Action, ResultError, ResultReason, VersionRef } from '../../model/index.ts';
import { printable } from '../sanitize.ts';
import { type Look, type Paint, paint, wrap } from './look.ts';

/** `1.10 (10)`, or a dash where there is nothing. */
export const versionText = (ref: VersionRef | null): string => (ref === null ? '-' : `${ref.version} (${ref.sequence})`);

export const ACTION_PAINT = {
  updated: 'good',
  current: 'good',
  skipped: 'warn',
  deferred: 'warn',
  failed: 'bad',
  'rolled-back': 'bad',
} as const satisfies Record<Action, Paint>;

const INDENT = '  ';

/** A reason below its heading: text, the key that decided and the file that set it, the remedy. */
export function reasonBlock(look: Look, reason: ResultReason): string {
  const source = reason.source === undefined ? '' : `, set by ${reason.source}`;
  return [
    wrap(look, reason.text, INDENT),
    reason.policyKey === undefined ? '' : wrap(look, `Decided by ${reason.policyKey}${source}.`, INDENT),
    reason.remedy === undefined || reason.remedy === '' ? '' : wrap(look, `What to do: ${reason.remedy}`, INDENT),
  ].join('');
}

/** The last lines of what a program said are those that matter. */
const DETAIL_LINES = 12;

/** An error: what failed where, with code and name, the remedy, the evidence. */
export function errorBlock(look: Look, error: ResultError): string {
  const where = [error.component, error.stage].filter((part) => part !== undefined && part !== '').join(', ');
  const head = `${printable(where)}: code ${error.code} (${error.name})`;
  const lines = error.detail === undefined ? [] : error.detail.trimEnd().split(/\r?\n/);
  const shown = lines.slice(-DETAIL_LINES);
  return [
    `${paint(look, 'bad', head)}\n`,
    wrap(look, error.text, INDENT),
    error.remedy === '' ? '' : wrap(look, `What to do: ${error.remedy}`, INDENT),
    shown.length < lines.length ? `${INDENT}| ... ${lines.length - shown.length} lines before\n` : '',
    ...shown.map((line) => wrap(look, line, `${INDENT}| `) || `${INDENT}|\n`),
  ].join('');
}

/** Errors under their heading, or nothing. */
export function errorsBlock(look: Look, errors: readonly ResultError[]): string {
  if (errors.length === 0) return '';
  return `\n${paint(look, 'bold', 'Errors')}\n${errors.map((e) => errorBlock(look, e)).join('')}`;
}

/** Notes under their heading, or nothing. */
export function notesBlock(look: Look, notes: readonly string[]): string {
  if (notes.length === 0) return '';
  return `\n${paint(look, 'bold', 'Notes')}\n${notes.map((note) => wrap(look, note, INDENT)).join('')}`;
}
