import type { HistoryDocument } from '../history-document.ts';
import { printable } from '../sanitize.ts';
import { type Cell, cell, type Look, paint, table, timeText } from './look.ts';
import { ACTION_PAINT, errorsBlock } from './parts.ts';

/** What happened to each component, newest first. */
export function renderHistory(document: HistoryDocument, look: Look): string {
  const nothing = document.components.length === 0 && document.errors.length === 0 ? 'No run had to do with a component yet.\n' : '';
  const parts = document.components.map(({ id, history }) => {
    const rows = history.map((h): readonly Cell[] => [
      cell(timeText(h.at)),
      cell(h.version === null ? '-' : `${h.version} (${h.sequence ?? '-'})`),
      { text: h.action, paint: ACTION_PAINT[h.action] },
      cell(String(h.code)),
      cell(h.runId),
    ]);
    const body = rows.length === 0 ? '  nothing yet\n' : table(look, ['AT', 'VERSION', 'ACTION', 'CODE', 'RUN'], rows);
    return `${paint(look, 'bold', printable(id))}\n${body}`;
  });
  return `${nothing}${parts.join('\n')}${errorsBlock(look, document.errors)}`;
}
