import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { SqlDatabase } from '../../src/model/index.ts';
import { createSql } from '../../src/platform/sql.ts';

const sql = createSql();
const dir = mkdtempSync(join(tmpdir(), 'glued-sql-'));

function open(name: string): SqlDatabase {
  const opened = sql.open(join(dir, name));
  if (!opened.ok) throw new Error(opened.failure.detail);
  return opened.value;
}
const kind = (done: { readonly ok: boolean; readonly failure?: { readonly kind: string } }): string => done.failure?.kind ?? 'ok';

test('statements run, with values of every kind, and rows come back', () => {
  const db = open('rows.db');
  assert.is(kind(db.script('CREATE TABLE t (a, b); CREATE TABLE u (a)')), 'ok');
  const insert = db.run('INSERT INTO t VALUES (?, ?), (?, ?)', 1, "it's", null, new Uint8Array([1, 2]));
  assert.equal(insert.ok && insert.value, { changes: 2 });
  const rows = db.all('SELECT a, b FROM t ORDER BY a');
  assert.ok(rows.ok);
  assert.is(rows.value[0]?.['a'], null);
  assert.equal([...(rows.value[0]?.['b'] instanceof Uint8Array ? rows.value[0]['b'] : [])], [1, 2]);
  assert.equal({ ...rows.value[1] }, { a: 1, b: "it's" });
  db.close();
});

test('a database that another connection holds is busy at once', () => {
  const [first, second] = [open('busy.db'), open('busy.db')];
  assert.is(kind(first.script('BEGIN EXCLUSIVE')), 'ok');
  const from = performance.now();
  assert.is(kind(second.script('BEGIN EXCLUSIVE')), 'busy');
  assert.is(kind(second.all('SELECT * FROM sqlite_schema')), 'busy');
  assert.ok(performance.now() - from < 200);
  first.close();
  assert.is(kind(second.script('BEGIN EXCLUSIVE')), 'ok');
  second.close();
});

test('what is no database, or not ours, is corrupt', () => {
  writeFileSync(join(dir, 'garbage.db'), 'garbage'.repeat(1000));
  const garbage = open('garbage.db');
  assert.is(kind(garbage.script('CREATE TABLE t (a)')), 'corrupt');
  assert.is(kind(garbage.all('SELECT * FROM t')), 'corrupt');
  garbage.close();
  const other = open('other.db');
  assert.is(kind(other.all('SELECT * FROM t')), 'corrupt');
  assert.is(kind(other.script('DROP TABLE t')), 'corrupt');
  other.close();
});

test('what cannot be opened is denied', () => {
  assert.is(kind(sql.open(dir)), 'denied');
  assert.is(kind(sql.open(join(dir, 'none', 'x.db'))), 'denied');
});

test.after(() => rmSync(dir, { recursive: true, force: true }));
test.run();
