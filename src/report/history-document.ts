import type { HistoryEntry, ResultError } from '../model/index.ts';

/** What happened to each component, newest first, by component id. */
export type HistoryInput = ReadonlyMap<string, readonly HistoryEntry[]>;

/** `glued.history/1` */
export type HistoryDocument = {
  readonly schema: 'glued.history/1';
  readonly components: readonly { readonly id: string; readonly history: readonly HistoryEntry[] }[];
  readonly errors: readonly ResultError[];
};

/** The history of all components, or of one. */
export function historyDocument(history: HistoryInput, errors: readonly ResultError[], only?: string): HistoryDocument {
  const components = [...history]
    .filter(([id]) => only === undefined || id === only)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, entries]) => ({ id, history: entries }));
  return { schema: 'glued.history/1', components, errors };
}
