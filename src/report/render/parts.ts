import type { Action, ComponentResult, NextRef, ResultError, ResultReason, VersionRef } from '../../model/index.ts';
import { printable } from '../sanitize.ts';
import { bytesText, type Look, type Paint, paint, timeText, wrap } from './look.ts';

/** `1.10 (10)`, or a dash where there is nothing. */
export const versionText = (ref: VersionRef | null): string => (ref === null ? '-' : `${ref.version} (${ref.sequence})`);

/** `full, 3.1 MiB`; `delta, 12.0 KiB of 3.1 MiB`; `from the cache`. */
export function routeText(via: Exclude<ComponentResult['via'], 'none'>, bytes: number, full: number): string {
  if (via === 'cache') return 'from the cache';
  return via === 'delta' ? `delta, ${bytesText(bytes)} of ${bytesText(full)}` : `full, ${bytesText(bytes)}`;
}

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

/** `Next run: 2026-11-25 08:00:00 UTC. Runs are …`, or nothing where none is known. */
export function nextLine(look: Look, { at, reason }: NextRef): string {
  if (at === null) return '';
  return wrap(look, `Next run: ${timeText(at)}.${reason === null ? '' : ` ${reason.text}`}`, '');
}

/** `Without a run, 2026-11-25 07:10:00 UTC: The probation of alpha ends: …`, or nothing. */
export function probationEndLine(look: Look, { probation }: NextRef): string {
  return probation === undefined ? '' : wrap(look, `Without a run, ${timeText(probation.at)}: ${probation.reason.text}`, '');
}

/** `On probation: alpha until 2026-11-25 07:10:00 UTC, beta until …`, or nothing. */
export function probationLine(components: readonly ComponentResult[]): string {
  const open = components.flatMap((c) => (c.probation === null ? [] : [`${printable(c.id)} until ${timeText(c.probation.until)}`]));
  return open.length === 0 ? '' : `On probation: ${open.join(', ')}.`;
}

/** Every component that did not move says why; where it failed, its error says it below. */
export function unmovedBlock(look: Look, c: ComponentResult): string {
  const isAsItShouldBe = c.action === 'updated' || (c.action === 'current' && (c.reason === null || c.reason.code === 'up-to-date'));
  if (c.reason === null || isAsItShouldBe || c.action === 'failed' || c.action === 'rolled-back') return '';
  const rollout = c.rollout === null ? '' : wrap(look, `Rollout: bucket ${c.rollout.bucket}, now at ${c.rollout.percent} %.`, INDENT);
  const head = paint(look, ACTION_PAINT[c.action], `${printable(c.id)}: ${c.action} (${printable(c.reason.code)})`);
  return `\n${head}\n${reasonBlock(look, c.reason)}${rollout}`;
}

/** The last lines of what a program said are those that matter. */
const DETAIL_LINES = 12;

/** An error: what failed where, with code and name, the remedy, the evidence. */
export function errorBlock(look: Look, error: ResultError): string {
  const where = [error.component, error.stage].filter((part) => part !== undefined && part !== '').join(', ');
  const head = printable(`${where}: code ${error.code} (${error.name})`);
  const lines = error.detail === undefined || error.detail.trim() === '' ? [] : error.detail.trimEnd().split(/\r?\n/);
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
