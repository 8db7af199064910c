// runtimes: node, deno
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { keepDatabase } from '../../src/state/index.ts';
import { copyState } from '../../src/state/copy.ts';
import type { State } from '../../src/state/index.ts';
import { cleanUp, id, journalEntry, must, newDir, NOW, ports, runDocument, sha, withState } from './world.ts';

const quarantined = (sequence: number) => ({ component: id('glued'), sequence, sha256: sha('c'), why: 'agent-not-proven', since: NOW, policyDigest: 'd' });

function statement(dir: string, sql: string): void {
  const database = must(ports.sql.open(join(dir, 'state.db')));
  must(database.script(sql));
  database.close();
}

/** What a state holds, part by part. */
const seen = (state: State) => ({
  runs: must(state.history.runs(100)).map((run) => run.runId).reverse(),
  journal: must(state.journal.list()).map((entry) => entry.component),
  quarantine: must(state.quarantine.list()).map((entry) => entry.sequence),
});

const document = (n: number) => runDocument(n, { demo: 'updated' });

test('an agent that comes back after a later one changed a part of state.db finds the other parts as the later one left them', () => {
  const dir = newDir();
  withState(dir, (state) => must(state.history.append(document(1), 200, null)));
  must(keepDatabase(ports, dir));
  withState(dir, (state) => {
    must(state.history.append(document(2), 200, null));
    must(state.quarantine.add(quarantined(7)));
    must(state.journal.put(journalEntry('demo', 'swapping')));
  });
  // what the later agent makes of the history
  statement(dir, "ALTER TABLE run RENAME TO run_2; UPDATE part SET schema = 2 WHERE name = 'history';");
  withState(dir, (state) => {
    assert.equal(seen(state), { runs: [document(1).runId], journal: ['demo'], quarantine: [7] });
    assert.match(state.notes.join(), /its history has schema 2, and this agent knows 1\): it was set aside as \S+ and made anew\. Taken over: journal, quarantine, .*; as they were before that glued: history; what is installed/);
    must(state.history.append(document(3), 200, null));
  });
  withState(dir, (state) => assert.equal([seen(state).runs, state.notes], [[document(1).runId, document(3).runId], []], 'and goes on from there'));
});

test('a journal is never taken from the copy of before: what it speaks of has ended', () => {
  const dir = newDir();
  withState(dir, (state) => must(state.journal.put(journalEntry('demo', 'swapping'))));
  must(keepDatabase(ports, dir));
  statement(dir, "DROP TABLE journal; CREATE TABLE journal (later TEXT); UPDATE part SET schema = 2 WHERE name = 'journal';");
  withState(dir, (state) => {
    assert.equal(seen(state).journal, []);
    assert.match(state.notes.join(), /; lost: journal; what is installed/);
  });
});

test('without a copy of before, what a later agent changed is lost and the rest is there', () => {
  const dir = newDir();
  withState(dir, (state) => {
    must(state.history.append(document(1), 200, null));
    must(state.quarantine.add(quarantined(7)));
  });
  statement(dir, "UPDATE part SET schema = 99 WHERE name = 'quarantine';");
  withState(dir, (state) => assert.equal(seen(state), { runs: [document(1).runId], journal: [], quarantine: [] }));
});

test('a damaged state.db takes nothing from the copy of before, which may be months old', () => {
  const dir = newDir();
  withState(dir, (state) => must(state.quarantine.add(quarantined(7))));
  must(keepDatabase(ports, dir));
  must(ports.files.replace(join(dir, 'state.db'), new TextEncoder().encode('garbage'.repeat(1000)), 0o600));
  withState(dir, (state) => assert.equal(seen(state).quarantine, []));
});

test('a copy of a state is whole, also while the state is in use, and its own', () => {
  const dir = newDir();
  const copy = join(newDir(), 'copy');
  withState(dir, (state) => {
    must(state.history.append(document(1), 200, null));
    must(state.quarantine.add(quarantined(7)));
    must(state.metadata.put('root', new TextEncoder().encode('{}')));
    must(copyState(ports, dir, copy));
    must(state.quarantine.add(quarantined(8)));
  });
  withState(copy, (state) => {
    assert.equal([seen(state), state.notes], [{ runs: [document(1).runId], journal: [], quarantine: [7] }, []]);
    assert.equal(state.metadata.get('root'), new TextEncoder().encode('{}'));
    must(state.history.append(document(2), 200, null));
  });
  withState(dir, (state) => assert.equal(seen(state), { runs: [document(1).runId], journal: [], quarantine: [7, 8] }));
});

test.after(cleanUp);
test.run();
