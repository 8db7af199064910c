import { spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { saySkipped } from '../support/skip.ts';
import { failureExit } from '../../src/model/index.ts';
import { openState } from '../../src/state/index.ts';
import { cleanUp, journalEntry, must, newDir, NOW, ports, runDocument, why, withState } from './world.ts';

/** A state with content in every part. */
function filled(): string {
  const dir = newDir();
  withState(dir, (state) => {
    for (let n = 1; n <= 40; n++) must(state.history.append(runDocument(n, { demo: 'updated', other: 'failed' }), 200, null));
    must(state.journal.put(journalEntry('demo', 'swapping')));
  });
  return dir;
}

function statement(path: string, sql: string): void {
  const database = must(ports.sql.open(path));
  must(database.script(sql));
  database.close();
}

function overwrite(path: string, at: number, length: number): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.alloc(length, 0xa5), 0, length, at);
  closeSync(fd);
}

const DAMAGE: readonly (readonly [name: string, damage: (path: string) => void])[] = [
  ['garbage', (path) => writeFileSync(path, 'garbage'.repeat(10_000))],
  ['text', (path) => writeFileSync(path, 'hello\n')],
  ['cut in half', (path) => truncateSync(path, Math.floor(statSync(path).size / 2))],
  ['cut to its first page', (path) => truncateSync(path, 4096)],
  ['cut inside its header', (path) => truncateSync(path, 60)],
  ['a spoilt header', (path) => overwrite(path, 0, 100)],
  ['spoilt after the header', (path) => overwrite(path, 100, 4000)],
  ['spoilt in its middle', (path) => overwrite(path, 4096, statSync(path).size - 4096)],
  ['a part of a newer schema', (path) => statement(path, "UPDATE part SET schema = 2 WHERE name = 'history'")],
  ['a part of no schema that ever was', (path) => statement(path, "UPDATE part SET schema = 0 WHERE name = 'journal'")],
  ['a database of somebody else', (path) => (rmSync(path), statement(path, 'CREATE TABLE notes (a)'))],
  ['a table that is gone', (path) => statement(path, 'DROP TABLE event')],
  ['a table of another shape', (path) => statement(path, 'DROP TABLE journal; CREATE TABLE journal (x)')],
  ['a folder in its place', (path) => (rmSync(path), mkdirSync(path), writeFileSync(join(path, 'f'), ''))],
  ['a link in its place', (path) => (rmSync(path), writeFileSync(`${path}-elsewhere`, 'kept'), symlinkSync(`${path}-elsewhere`, path))],
];

for (const [name, damage] of DAMAGE) {
  test(`state.db with ${name} is set aside with a reason, and everything works on a new one`, () => {
    const dir = filled();
    damage(join(dir, 'state.db'));
    withState(dir, (state) => {
      must(state.journal.list());
      must(state.history.latest(10));
      must(state.history.append(runDocument(50, { demo: 'current' }), 200, null));
      must(state.journal.put(journalEntry('demo', 'testing')));
      assert.equal([...must(state.history.latest(10)).keys()], ['demo']);
      assert.is(state.notes.length, 1, state.notes.join('\n'));
      assert.match(state.notes[0] ?? '', /state\.db could not be used \(.+\): it was set aside as .*state\.db\.bad-20261125T070000Z/);
    });
    const names = readdirSync(dir);
    assert.ok(names.includes('state.db.bad-20261125T070000Z'), names.join());
    assert.match(readFileSync(join(dir, 'state.db.bad-20261125T070000Z.reason.txt'), 'utf8'), /^2026-11-25 07:00:00 UTC: .+\n$/);
    if (existsSync(join(dir, 'state.db-elsewhere'))) assert.is(readFileSync(join(dir, 'state.db-elsewhere'), 'utf8'), 'kept');
    withState(dir, (state) => {
      assert.equal(state.notes, [], 'mended once and for all');
      assert.equal(must(state.journal.list()).map((e) => e.stage), ['testing']);
    });
  });
}

test('an empty state.db, as a power cut may leave it, is filled and nothing is made of it', () => {
  const dir = filled();
  for (const name of readdirSync(dir).filter((n) => n.startsWith('state.db'))) rmSync(join(dir, name));
  writeFileSync(join(dir, 'state.db'), '');
  withState(dir, (state) => assert.equal(must(state.journal.list()), []));
});

test('damage that shows only while it is in use is mended too, and the statement runs again', () => {
  const dir = filled();
  const other = filled();
  const state = must(openState(ports, dir, NOW));
  statement(join(other, 'state.db'), 'DROP TABLE event');
  state.close();
  copyFileSync(join(other, 'state.db'), join(dir, 'state.db'));
  withState(dir, (again) => {
    must(again.journal.list());
    assert.equal(again.notes, []);
    must(again.history.append(runDocument(51, { demo: 'updated' }), 200, null));
    assert.is(again.notes.length, 1);
    assert.is(must(again.history.latest(5)).get('demo')?.length, 1);
  });
});

test('a machine that damages its database at each run keeps only the last three', () => {
  const dir = filled();
  for (let n = 0; n < 6; n++) {
    writeFileSync(join(dir, 'state.db'), `garbage ${n}`);
    must(openState(ports, dir, NOW + n * 60_000)).close();
  }
  const bad = readdirSync(dir).filter((name) => /^state\.db\.bad-[^.]+$/.test(name));
  assert.equal(bad.sort(), ['state.db.bad-20261125T070300Z', 'state.db.bad-20261125T070400Z', 'state.db.bad-20261125T070500Z']);
});

test('what another program holds is 26, and is not set aside', () => {
  const dir = filled();
  const other = must(ports.sql.open(join(dir, 'state.db')));
  must(other.script('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE'));
  const refused = openState(ports, dir, NOW);
  assert.is(why(refused), 'state-busy');
  other.close();
  assert.equal(readdirSync(dir).filter((name) => name.includes('bad')), []);
  withState(dir, (state) => assert.is(must(state.journal.list()).length, 1));
});

test('leftovers of SQLite beside it are no reason to lose anything', () => {
  const dir = filled();
  writeFileSync(join(dir, 'state.db-wal'), 'garbage'.repeat(2000));
  writeFileSync(join(dir, 'state.db-shm'), 'garbage'.repeat(9000));
  withState(dir, (state) => {
    assert.is(must(state.journal.list()).length, 1);
    assert.equal(state.notes, []);
  });
});

test('a journal entry that cannot be understood is dropped and said; the others stay', () => {
  const dir = filled();
  for (const row of ['{', '{"stage":"swapping"}', JSON.stringify({ ...journalEntry('bad', 'swapping'), stage: 'dancing' })]) {
    statement(join(dir, 'state.db'), `INSERT OR REPLACE INTO journal VALUES ('bad', '${row}')`);
    withState(dir, (state) => {
      assert.equal(must(state.journal.list()).map((e) => e.component), ['demo']);
      assert.is(state.notes.length, 1);
      assert.is(must(state.journal.list()).length, 1);
      assert.is(state.notes.length, 1);
    });
  }
});

test('a damaged status.json is said, and replaced by the next one', () => {
  for (const content of ['', '{', '{"schema":"glued.status/1"}', '[]', 'x'.repeat(100)]) {
    const dir = newDir();
    must(openState(ports, dir, NOW)).close();
    writeFileSync(join(dir, 'status.json'), content);
    withState(dir, (state) => assert.match(state.notes.join(), /status\.json was damaged \(.+\): this run writes it anew/));
  }
});

test('a full disk is 24, and what was there is there afterwards', () => {
  const dir = newDir();
  mkdirSync(dir);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'glued-test', dir]).status !== 0) return saySkipped('no file system can be mounted here');
  try {
    const state = join(dir, 'state');
    withState(state, (open) => must(open.journal.put(journalEntry('demo', 'swapping'))));
    spawnSync('sh', ['-c', `head -c 2000000 /dev/zero > ${dir}/fill`]);
    const full = openState(ports, state, NOW);
    const failed = full.ok ? full.value.history.append(runDocument(1, { demo: 'updated' }), 200, null) : full;
    if (full.ok) full.value.close();
    assert.is(why(failed), 'state-full');
    if (!failed.ok) assert.is(failureExit(failed.failure), 24);
    rmSync(join(dir, 'fill'));
    withState(state, (open) => {
      assert.equal(open.notes, []);
      assert.is(must(open.journal.list()).length, 1);
    });
  } finally {
    spawnSync('umount', [dir]);
  }
});

test.after(cleanUp);
test.run();
