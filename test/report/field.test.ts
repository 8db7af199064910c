import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { field, fieldText } from '../../src/report/index.ts';
import { FULL_STATUS, HOSTILE } from './documents.ts';

/** [path, value] */
const CASES = [
  ['health', 'degraded'],
  ['last.code', '16'],
  ['last.components.demo.reason.code', 'held'],
  ['last.components.clamav.main.after.version', '1.10'],
  ['last.components.1.action', 'deferred'],
  ['components.clamav.main.history.0.sequence', '10'],
  ['components.rules.installed', 'null'],
  ['last.server.tried.0', '{"url":"http://127.0.0.1:8081/","error":"refused"}'],
  ['last.dryRun', 'true'],
] as const;

for (const [path, value] of CASES) {
  test(`${path} is ${value}`, () => {
    const found = field(FULL_STATUS, path);
    assert.is(found.found, 'yes');
    if (found.found === 'yes') assert.is(fieldText(found.value), value);
  });
}

for (const path of ['', '.', 'nothing', 'health.length', 'last.components.9', 'last.components.-1', 'last.components.length', 'constructor', '__proto__', 'last.components.demo.toString', 'components.rules.installed.version']) {
  test(`there is no field "${path}"`, () => assert.equal(field(FULL_STATUS, path), { found: 'no' }));
}

test('of two members whose ids begin alike, the one that the path names is meant', () => {
  const document = { list: [{ id: 'a', b: { x: 'short' } }, { id: 'a.b', x: 'long' }] };
  assert.equal(field(document, 'list.a.b.x'), { found: 'yes', value: 'long' });
  assert.equal(field({ list: [document.list[0], { id: 'a.b', y: 1 }] }, 'list.a.b.x'), { found: 'yes', value: 'short' });
});

test('a member whose id is a number is found by it before the index', () => {
  assert.equal(field([{ id: '1' }, { id: 'x' }], '1.id'), { found: 'yes', value: '1' });
});

test('a value from outside does not steer the terminal', () => {
  assert.not.match(fieldText(HOSTILE), /[\u0000-\u001f\u009b\u202e]/);
});

test.run();
