import type { StatusDocument } from '../../model/index.ts';
import { isStale, type Moment, type Standing, standingOf } from '../standing.ts';
import { type Cell, cell, type Look, minuteText, paint, type Paint, table, timeText, wrap } from './look.ts';
import { ACTION_PAINT, errorsBlock, nextLine, probationLine, unmovedBlock, versionText } from './parts.ts';

const HEALTH_PAINT = { ok: 'good', degraded: 'warn', failed: 'bad', unknown: 'warn' } as const satisfies Record<Standing['health'], Paint>;

/** How the machine stands: in one line whether all is well; then the last run, each component with its three times, errors of the last run. */
export function renderStatus(status: StatusDocument, moment: Moment, look: Look): string {
  const { last } = status;
  const { health, line, restarts } = standingOf(status, moment);
  return [
    `${paint(look, HEALTH_PAINT[health], line)}\n`,
    last === null ? '' : wrap(look, `Last run: ${timeText(last.finishedAt)} (${last.trigger}). ${status.summary}`, ''),
    nextLine(look, status.next),
    status.trust.expiresAt === null ? '' : `Trusted metadata is good until ${timeText(status.trust.expiresAt)}.\n`,
    wrap(look, probationLine((last?.components ?? []).filter((c) => c.probation !== null && Date.parse(c.probation.until) > moment.now)), ''),
    ...restarts.map((r) => wrap(look, `${r.id} ${r.version}, installed ${timeText(r.since)}, waits for a ${r.kind}.`, '')),
    status.components.length === 0 ? '' : `\n${componentTable(status, moment, look)}`,
    ...(last?.components ?? []).map((c) => unmovedBlock(look, c)),
    last === null ? '' : errorsBlock(look, last.errors),
  ].join('');
}

function componentTable(status: StatusDocument, { now }: Moment, look: Look): string {
  const rows = status.components.map((c): readonly Cell[] => {
    const result = status.last?.components.find((r) => r.id === c.id);
    const stale = result !== undefined && isStale(result, now) ? '; STALE' : '';
    return [
      cell(c.id),
      cell(versionText(c.installed)),
      cell(minuteText(c.installed?.date ?? null)),
      cell(minuteText(c.lastSuccess)),
      cell(minuteText(c.lastAttempt)),
      result === undefined
        ? cell('-')
        : { text: `${result.action}${stale}`, paint: ACTION_PAINT[result.action] },
    ];
  });
  return table(look, ['COMPONENT', 'INSTALLED', 'CONTENT OF', 'LAST SUCCESS', 'LAST ATTEMPT', 'LAST RUN'], rows);
}
