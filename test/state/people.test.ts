// runtimes: node, deno
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { asComponentId, type Deferral, type RestartNeed } from '../../src/model/index.ts';
import { cleanUp, journalEntry, must, newDir, NOW, ports, withState } from './world.ts';

function id(text: string) {
  const found = asComponentId(text);
  if (found === undefined) throw new Error(text);
  return found;
}
const deferral = (component: string, sequence: number, more: Partial<Deferral> = {}): Deferral => ({ component: id(component), sequence, answer: 'later', count: 1, at: NOW, ...more });
const need = (component: string, more: Partial<RestartNeed> = {}): RestartNeed => ({
  component: id(component),
  kind: 'logout',
  sequence: 2,
  version: '2.0',
  since: NOW,
  bootId: 'boot-1',
  logins: ['3@7', '4@9'],
  toldAt: null,
  ...more,
});

test('answers are kept by component; a newer release takes the place, and an installed one ends it', () => {
  const dir = newDir();
  withState(dir, ({ deferrals }) => {
    must(deferrals.put(deferral('b', 2)));
    must(deferrals.put(deferral('a', 2, { answer: 'no', count: 0 })));
    must(deferrals.put(deferral('b', 3, { count: 2 })));
    must(deferrals.forgive(id('b'), 2));
    must(deferrals.forgive(id('never'), 9));
  });
  withState(dir, ({ deferrals }) => {
    assert.equal(must(deferrals.list()), [deferral('a', 2, { answer: 'no', count: 0 }), deferral('b', 3, { count: 2 })]);
    must(deferrals.forgive(id('b'), 3));
    assert.equal(must(deferrals.list()).map((d) => d.component), ['a']);
  });
});

test('restarts are kept by component and kind, told and dropped', () => {
  const dir = newDir();
  const all = [need('a'), need('a', { kind: 'reboot', logins: null }), need('b', { bootId: null, logins: [] })];
  withState(dir, ({ restarts }) => {
    for (const one of all) must(restarts.put(one));
    must(restarts.told({ component: id('a'), kind: 'reboot' }, NOW + 1));
  });
  withState(dir, ({ restarts }) => {
    assert.equal(must(restarts.list()), [all[0], { ...all[1], toldAt: NOW + 1 }, all[2]]);
    must(restarts.put(need('a', { sequence: 3, version: '3.0' })));
    must(restarts.drop({ component: id('a'), kind: 'reboot' }));
    assert.equal(must(restarts.list()).map((n) => `${n.component} ${n.version} ${n.kind}`), ['a 3.0 logout', 'b 2.0 logout']);
  });
});

test('rows that nobody of us wrote are left out, and stop nothing', () => {
  const dir = newDir();
  withState(dir, ({ deferrals, restarts }) => {
    must(deferrals.put(deferral('good', 1)));
    must(restarts.put(need('good')));
  });
  const database = must(ports.sql.open(join(dir, 'state.db')));
  must(database.script(`INSERT INTO deferral VALUES ('../x', 1, 'later', 1, 1), ('bad', 1, 'perhaps', 1, 1);
    INSERT INTO restart VALUES ('bad', 'tea', 1, '1', 1, 'b', NULL, NULL), ('../x', 'reboot', 1, '1', 1, 'b', NULL, NULL), ('worse', 'logout', 1, '1', 1, 'b', '{not json', NULL);`));
  database.close();
  withState(dir, ({ deferrals, restarts, notes }) => {
    assert.equal(must(deferrals.list()).map((d) => d.component), ['good']);
    assert.equal(must(restarts.list()).map((n) => [n.component, n.logins]), [['good', ['3@7', '4@9']], ['worse', null]]);
    assert.equal(notes, []);
  });
});

test('a journal entry keeps the restart that its release needs, and one of an older agent has none', () => {
  const dir = newDir();
  withState(dir, ({ journal }) => {
    must(journal.put({ ...journalEntry('a', 'swapping'), restart: 'reboot' }));
    must(journal.put(journalEntry('b', 'swapping')));
  });
  withState(dir, ({ journal }) => assert.equal(must(journal.list()).map((e) => e.restart), ['reboot', undefined]));
});

test.after(cleanUp);
test.run();
