import type { ComponentResult, RunDocument } from '../../model/index.ts';
import { summaryOf } from '../health.ts';
import { printable } from '../sanitize.ts';
import { type Cell, cell, type Look, paint, type Paint, table, timeText } from './look.ts';
import { ACTION_PAINT, errorsBlock, notesBlock, probationLine, routeText, unmovedBlock, versionText } from './parts.ts';

const OUTCOME_PAINT = {
  updated: 'good',
  current: 'good',
  deferred: 'warn',
  partial: 'bad',
  failed: 'bad',
} as const satisfies Record<RunDocument['outcome'], Paint>;

/** A run for a person: the outcome, each component before and after, why what did not move did not, errors with what to do. */
export function renderRun(run: RunDocument, look: Look): string {
  return [
    headline(run, look),
    run.components.length === 0 ? '' : `\n${componentTable(run, look)}`,
    ...run.components.map((c) => unmovedBlock(look, c)),
    errorsBlock(look, run.errors),
    closing(run, look),
  ].join('');
}

function headline(run: RunDocument, look: Look): string {
  const summary = printable(summaryOf(run));
  const mark = run.dryRun === true ? 'Dry run, nothing was changed. A run would end so: ' : '';
  return `${mark}${paint(look, OUTCOME_PAINT[run.outcome], summary)}\n`;
}

function componentTable(run: RunDocument, look: Look): string {
  const rows = run.components.map((c): readonly Cell[] => [
    cell(c.id),
    cell(versionText(c.before)),
    cell('->'),
    cell(versionText(c.after)),
    { text: c.action, paint: ACTION_PAINT[c.action] },
    cell(remark(c)),
  ]);
  return table(look, ['COMPONENT', 'BEFORE', '', 'AFTER', 'ACTION', 'BECAUSE'], rows);
}

function remark(c: ComponentResult): string {
  // what brought the update is gone after it, and "up to date" is no cause of it
  const reason = c.action === 'updated' && c.reason?.code === 'up-to-date' ? undefined : c.reason?.code;
  const parts = [
    reason,
    c.via === 'none' ? undefined : routeText(c.via, c.bytes.downloaded, c.bytes.full),
    c.probation === null ? undefined : 'on probation',
    c.freshness?.stale === true ? `STALE: ${Math.round(c.freshness.ageHours)} h old` : undefined,
  ];
  return parts.filter((part) => part !== undefined).join('; ');
}

function closing(run: RunDocument, look: Look): string {
  const lines = [
    run.restart === 'none' ? '' : paint(look, 'warn', `A ${run.restart} is needed to finish.`),
    ...run.server.tried.map((t) => `Server ${printable(t.url)} was of no use: ${printable(t.error)}`),
    ...run.policy.sources.filter((s) => !s.trusted).map((s) => paint(look, 'warn', `Others can change ${printable(s.path)}: it was accepted by --insecure-policy.`)),
    ...(run.policy.ignoredKeys.length === 0 ? [] : [`Policy keys of a newer schema that were ignored: ${printable(run.policy.ignoredKeys.join(', '))}`]),
    probationLine(run.components),
    run.next.at === null ? '' : `Next run: ${timeText(run.next.at)}.`,
  ].filter((line) => line !== '');
  return `${lines.length === 0 ? '' : `\n${lines.join('\n')}\n`}${notesBlock(look, run.notes)}`;
}
