import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { REASON_FILES } from '../../build/generate-reasons.ts';
import { at } from '../../build/support/root.ts';
import { CODES, fail, reason, REASONS } from '../../src/model/index.ts';
import { failureToError, failureToReason, reasonToResult } from '../../src/report/index.ts';

test('a reason becomes text, remedy, key, file and end', () => {
  const until = Date.parse('2026-11-26T20:00:00Z');
  const held = reason('held', { sequence: 10, until: 'then', note: '', key: 'content.av.hold.hours' }, { policyKey: 'content.av.hold.hours', source: '/etc/glued/policy.json', until });
  assert.equal(reasonToResult(held), {
    code: 'held',
    text: 'Policy holds release 10 until then.',
    policyKey: 'content.av.hold.hours',
    source: '/etc/glued/policy.json',
    until: '2026-11-26T20:00:00.000Z',
    remedy: 'Wait until then, or shorten content.av.hold.hours.',
  });
});

test('times within a text are those of people; the end stays RFC 3339, and so does what somebody typed', () => {
  const until = '2026-11-26T20:00:00.123Z';
  const held = reasonToResult(reason('held', { sequence: 10, until, note: '', key: 'content.av.hold.hours' }, { until: Date.parse(until) }));
  assert.equal([held.text, held.remedy, held.until], ['Policy holds release 10 until 2026-11-26 20:00:00 UTC.', 'Wait until 2026-11-26 20:00:00 UTC, or shorten content.av.hold.hours.', until]);
  const { failure } = fail('server-cooling-down', { server: 'https://content.test/', until });
  assert.equal([failureToReason(failure).until, failureToError(failure, 'trust').text.includes('2026-11-26 20:00:00 UTC')], [until, true]);
  assert.match(failureToError(fail('repo-option', { option: '--date', problem: 'it is no time like 2026-11-25T06:50:00Z' }).failure, 'x').text, '2026-11-25T06:50:00Z');
});

test('a reason without a remedy has no such key', () => {
  assert.equal(reasonToResult(reason('asked', {})), { code: 'asked', text: 'This run is about it.' });
});

test('a failure becomes a component’s reason and an entry of errors, with its code', () => {
  const { failure } = fail('plugin-absent', { component: 'demo', plugIn: 'x' }, 'evidence');
  assert.is(failureToReason(failure).code, 'plugin-absent');
  const error = failureToError(failure, 'plan', 'demo');
  assert.equal([error.code, error.name, error.component, error.stage, error.detail], [2, 'plugin-load', 'demo', 'plan', 'evidence']);
  assert.is(failureToError(fail('plugin-absent', { component: 'demo', plugIn: 'x' }).failure, 'plan').component, undefined);
  assert.is(CODES[error.name], error.code);
});

for (const [code, row] of Object.entries(REASONS)) {
  test(`${code} is a sentence, and whoever waits for someone is told what to do`, () => {
    assert.match(code, /^[a-z]+(-[a-z]+)*$/);
    assert.match(row.text, /[.:}]$/);
    if (row.means === 'skipped' || row.means === 'deferred' || row.means === 'failed') assert.ok(row.remedy.length > 5, 'a remedy');
    if (row.means === 'pass' || row.means === 'note') assert.is(row.remedy, '');
  });
}

test('the page of reasons is that of the tables: make docs writes it', () => {
  for (const [path, make] of Object.entries(REASON_FILES)) {
    const page = make();
    assert.is(readFileSync(at(path), 'utf8'), page, path);
    for (const code of Object.keys(REASONS)) assert.match(page, `\`${code}\``);
  }
});

test.run();
