import type { HistoryDocument } from '../history-document.ts';
import { constant, group, list, published, type Schema, text } from './build.ts';
import { error, historyEntry } from './parts.ts';

/** What happened to each component. */
export const HISTORY_SCHEMA: Schema = published(
  'history:1',
  'glued.history/1: what happened to each component, newest first',
  group<HistoryDocument>(
    {
      schema: constant('glued.history/1'),
      components: list(group<HistoryDocument['components'][number]>({ id: text(), history: list(historyEntry) }, [])),
      errors: list(error),
    },
    [],
  ),
);
