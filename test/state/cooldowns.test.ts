// runtimes: node, deno
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Cooldown } from '../../src/model/index.ts';
import { cleanUp, journalEntry, must, newDir, NOW, ports, withState } from './world.ts';

const of = (server: string, refusals = 1): Cooldown => ({ server, since: NOW, until: NOW + 60_000, refusals });

test('cooldowns are kept by server, replaced, dropped, and there when the state is opened again', () => {
  const dir = newDir();
  withState(dir, ({ cooldowns }) => {
    assert.equal(must(cooldowns.list()), []);
    must(cooldowns.put(of('http://b/')));
    must(cooldowns.put(of('http://a/')));
    must(cooldowns.put(of('http://b/', 2)));
    must(cooldowns.put(of('http://c/')));
    must(cooldowns.drop('http://c/'));
    must(cooldowns.drop('http://never/'));
  });
  withState(dir, ({ cooldowns }) => assert.equal(must(cooldowns.list()), [of('http://a/'), of('http://b/', 2)]));
});

test('a database from before cooldowns gets the part, and loses nothing', () => {
  const dir = newDir();
  withState(dir, (state) => must(state.journal.put(journalEntry('demo', 'downloading'))));
  const database = must(ports.sql.open(join(dir, 'state.db')));
  must(database.script("DROP TABLE cooldown; DELETE FROM part WHERE name = 'cooldown';"));
  database.close();
  withState(dir, (state) => {
    assert.equal(state.notes, []);
    assert.equal(must(state.cooldowns.list()), []);
    must(state.cooldowns.put(of('http://a/')));
    assert.is(must(state.journal.list()).length, 1);
  });
});

test('a cooldown table of a later agent sets the database aside, as any other part does', () => {
  const dir = newDir();
  withState(dir, ({ cooldowns }) => must(cooldowns.put(of('http://a/'))));
  const database = must(ports.sql.open(join(dir, 'state.db')));
  must(database.script("UPDATE part SET schema = 99 WHERE name = 'cooldown';"));
  database.close();
  withState(dir, (state) => {
    assert.match(state.notes.join(), 'its cooldown has schema 99');
    assert.equal(must(state.cooldowns.list()), []);
  });
});

test.after(cleanUp);
test.run();
