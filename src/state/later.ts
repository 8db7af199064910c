import type { Ports, SqlDatabase } from '../model/index.ts';
import { pathOf } from './layout.ts';
import { PARTS } from './schema.ts';

/** A part that a later agent changed, with its number, and the number that this agent knows. */
export type LaterPart = { readonly name: string; readonly found: number; readonly known: number };

/** Why a part with another number is not read. */
export const schemaText = (part: string, found: unknown, known: number): string => `its ${part} has schema ${String(found)}, and this agent knows ${known}`;

/** The first part of an open state.db that a later agent changed, or undefined. */
export function laterPart(database: Pick<SqlDatabase, 'all'>): LaterPart | undefined {
  const rows = database.all('SELECT name, schema FROM part');
  const found = new Map(rows.ok ? rows.value.map((row) => [row['name'], row['schema']]) : []);
  for (const [name, { schema: known }] of Object.entries(PARTS)) {
    const schema = found.get(name);
    if (typeof schema === 'number' && schema > known) return { name, found: schema, known };
  }
  return undefined;
}

/** Has a later agent changed the form of state.db? To open it would set it aside. Makes and mends nothing. */
export function isLaterState({ files, sql }: Pick<Ports, 'files' | 'sql'>, dir: string): boolean {
  const path = pathOf(dir, 'stateDb');
  const seen = files.stat(path);
  if (!seen.ok || seen.value.type !== 'file' || seen.value.size === 0) return false;
  const opened = sql.open(path);
  if (!opened.ok) return false;
  const later = laterPart(opened.value);
  opened.value.close();
  return later !== undefined;
}
