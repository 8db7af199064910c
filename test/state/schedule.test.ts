// runtimes: node, deno
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_MEMORY, type ScheduleMemory } from '../../src/model/index.ts';
import { readSchedule } from '../../src/state/index.ts';
import { cleanUp, must, newDir, NOW, ports, runDocument, withState } from './world.ts';

const FULL: ScheduleMemory = { lastRun: NOW, lastContact: NOW + 1, failing: { since: NOW + 2, last: NOW + 3, runs: 4 } };

test('what the schedule remembers is there again, and beside a run too', () => {
  const dir = newDir();
  assert.equal(must(readSchedule(ports, dir)), { memory: NO_MEMORY, cooldowns: [] });
  for (const memory of [NO_MEMORY, FULL, { ...FULL, failing: null }]) {
    withState(dir, (state) => must(state.history.append(runDocument(1, {}), 5, memory)));
    withState(dir, (state) => {
      assert.equal(must(state.schedule.read()), memory);
      assert.equal(must(readSchedule(ports, dir)).memory, memory);
    });
  }
});

test('the servers that asked us to wait are known beside a run', () => {
  const dir = newDir();
  const cooldown = { server: 'http://127.0.0.1:9/', since: NOW, until: NOW + 1000, refusals: 1 };
  withState(dir, (state) => must(state.cooldowns.put(cooldown)));
  assert.equal(must(readSchedule(ports, dir)).cooldowns, [cooldown]);
});

test('a database that is damaged, or older than the schedule, remembers nothing', () => {
  const dir = newDir();
  mkdirSync(dir);
  writeFileSync(join(dir, 'state.db'), 'no database at all '.repeat(100));
  assert.equal(must(readSchedule(ports, dir)).memory, NO_MEMORY);
  const old = newDir();
  mkdirSync(old);
  const made = must(ports.sql.open(join(old, 'state.db')));
  must(made.script('CREATE TABLE part (name TEXT PRIMARY KEY, schema INTEGER NOT NULL) STRICT, WITHOUT ROWID;'));
  made.close();
  assert.equal(must(readSchedule(ports, old)).memory, NO_MEMORY);
  withState(old, (state) => assert.equal(must(state.schedule.read()), NO_MEMORY));
});

test.after(cleanUp);
test.run();
