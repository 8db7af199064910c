import type { StatusDocument } from '../../model/index.ts';
import { printable } from '../sanitize.ts';
import { type Cell, cell, type Look, minuteText, paint, type Paint, table, timeText, wrap } from './look.ts';
import { ACTION_PAINT, errorsBlock, nextLine, unmovedBlock, versionText } from './parts.ts';

const HEALTH_PAINT = { ok: 'good', degraded: 'warn', failed: 'bad' } as const satisfies Record<StatusDocument['health'], Paint>;

/** How the machine stands: health, the last run, each component with its three times, errors of the last run. */
export function renderStatus(status: StatusDocument, look: Look): string {
  const { last } = status;
  return [
    `${paint(look, HEALTH_PAINT[status.health], `Health: ${status.health}`)}\n`,
    wrap(look, status.summary, ''),
    last === null ? '' : `Last run: ${timeText(last.finishedAt)} (${printable(last.trigger)}).\n`,
    nextLine(look, status.next),
    status.trust.expiresAt === null ? '' : `Trusted metadata is good until ${timeText(status.trust.expiresAt)}.\n`,
    status.components.length === 0 ? '' : `\n${componentTable(status, look)}`,
    ...(last?.components ?? []).map((c) => unmovedBlock(look, c)),
    last === null ? '' : errorsBlock(look, last.errors),
  ].join('');
}

function componentTable(status: StatusDocument, look: Look): string {
  const rows = status.components.map((c): readonly Cell[] => {
    const result = status.last?.components.find((r) => r.id === c.id);
    const stale = result?.freshness?.stale === true ? '; STALE' : '';
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
