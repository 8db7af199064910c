import { ok, type Outcome, type Ports, type SqlDatabase, type SqlFailure } from '../model/index.ts';
import { copyTable } from './copy.ts';
import { PARTS } from './schema.ts';

/** The parts that were taken over from what a later agent left, from the copy of before it, and from neither. */
export type Salvaged = { readonly now: readonly string[]; readonly before: readonly string[]; readonly lost: readonly string[] };

/** What was interrupted when the copy was made has ended since: its journal would undo what is proven by now. */
const ONLY_NOW: ReadonlySet<string> = new Set<keyof typeof PARTS>(['journal']);

/**
 * Fills a new state.db from one that a later agent wrote, and that was set aside: each part whose number is ours. A part that the later agent
 * changed comes from the copy that was kept before that agent came, where there is one. What cannot be read stays empty.
 */
export function salvage({ sql }: Pick<Ports, 'sql'>, database: SqlDatabase, aside: string, kept: string | undefined): Salvaged {
  const [now, before, lost]: [string[], string[], string[]] = [[], [], []];
  const sources = [
    { path: aside, into: now, without: new Set<string>() },
    ...(kept === undefined ? [] : [{ path: kept, into: before, without: ONLY_NOW }]),
  ];
  const open = sources.flatMap((source) => {
    const opened = sql.open(source.path);
    return opened.ok ? [{ ...source, database: opened.value }] : [];
  });
  for (const [name, part] of Object.entries(PARTS)) {
    const source = open.find((one) => !one.without.has(name) && schemaIn(one.database, name) === part.schema && takeOver(one.database, database, part.create).ok);
    (source?.into ?? lost).push(name);
  }
  for (const one of open) one.database.close();
  return { now, before, lost };
}

function schemaIn(database: SqlDatabase, part: string): unknown {
  const rows = database.all('SELECT schema FROM part WHERE name = ?', part);
  return rows.ok ? rows.value[0]?.['schema'] : undefined;
}

/** All tables of a part, or none of them. */
function takeOver(source: SqlDatabase, target: SqlDatabase, create: string): Outcome<undefined, SqlFailure> {
  const begun = target.script('BEGIN IMMEDIATE');
  if (!begun.ok) return begun;
  const tables = [...create.matchAll(/CREATE TABLE (\w+)/g)].map((match) => match[1] ?? '');
  for (const table of tables) {
    const copied = copyTable(source, target, table);
    if (copied.ok) continue;
    target.script('ROLLBACK');
    return copied;
  }
  const ended = target.script('COMMIT');
  return ended.ok ? ok() : ended;
}

/** What became of the parts, for whoever reads the run's notes. */
export function salvageText({ now, before, lost }: Salvaged): string {
  const said = [
    now.length === 0 ? [] : [`Taken over: ${now.join(', ')}`],
    before.length === 0 ? [] : [`as they were before that glued: ${before.join(', ')}`],
    lost.length === 0 ? [] : [`lost: ${lost.join(', ')}`],
  ].flat();
  return `${said.join('; ')}.`;
}
