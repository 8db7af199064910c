import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ComponentResult, RunDocument } from '../../src/model/index.ts';
import { healthOf, noStatus, statusDocument, summaryOf } from '../../src/report/index.ts';
import { component, NOW } from '../planner/world.ts';
import { ERROR, FULL_RUN, HELD, REFUSED, result, run, UPDATED } from './documents.ts';

const skipped = (code: string): ComponentResult => result('x', { action: 'skipped', reason: { code, text: '' } });
const AT = '2026-11-25T08:00:00.000Z';
const stale = { contentDate: '2026-11-01T00:00:00.000Z', ageHours: 500, maxAgeHours: 48, stale: true };

/** [what, the run, health] */
const CASES: readonly (readonly [string, RunDocument, string])[] = [
  ['a run that found all current is ok', run({ components: [result('a')] }), 'ok'],
  ['a run with nothing registered is ok', run(), 'ok'],
  ['a run that updated is ok', run({ outcome: 'updated', components: [UPDATED] }), 'ok'],
  ['what is held is ok', run({ outcome: 'deferred', components: [{ ...HELD, freshness: null }] }), 'ok'],
  ['what is damaged, and waits for a window, is degraded', run({ outcome: 'deferred', components: [{ ...HELD, freshness: null, reason: { code: 'window-damaged', text: '' } }] }), 'degraded'],
  ['what is held and too old is degraded', run({ outcome: 'deferred', components: [HELD] }), 'degraded'],
  ['what policy turns off is ok', run({ components: [skipped('disabled')] }), 'ok'],
  ['what policy turns off may be old', run({ components: [{ ...skipped('disabled'), freshness: stale }] }), 'ok'],
  ['what was not asked for is ok', run({ components: [skipped('not-asked')] }), 'ok'],
  ['a pin that no release meets is degraded', run({ components: [skipped('pin-unmet')] }), 'degraded'],
  ['an engine that does not fit is degraded', run({ components: [skipped('engine-incompatible')] }), 'degraded'],
  ['content that is too old is degraded', run({ components: [result('a', { freshness: stale })] }), 'degraded'],
  ['a run with some failed is degraded', FULL_RUN, 'degraded'],
  ['a run with some failed, whatever else is said of it, is degraded', run({ outcome: 'partial' }), 'degraded'],
  ['a run with an error that is no component’s is degraded', run({ errors: [ERROR] }), 'degraded'],
  ['a run that failed is failed', run({ outcome: 'failed', code: 11, codeName: 'content-test', components: [REFUSED] }), 'failed'],
];

for (const [name, document, health] of CASES) test(name, () => assert.is(healthOf(document, []), health));

test('the summary counts, names the code and what is stale', () => {
  assert.is(summaryOf(FULL_RUN), 'Partial, code 16 (done-with-errors): 1 updated, 1 deferred, 1 failed; stale: demo; registration set aside: bad.');
  assert.is(summaryOf(run()), 'Current: no component is registered.');
  assert.is(summaryOf(run({ outcome: 'failed', code: 20, codeName: 'policy-missing' })), 'Failed, code 20 (policy-missing).');
});

test('a status holds the run, and each component in order with its latest ten', () => {
  const long = Array.from({ length: 12 }, (_, n) => ({ at: AT, runId: 'r', version: '1', sequence: n, action: 'updated' as const, code: 0 }));
  const status = statusDocument(FULL_RUN, [component('b', null), component('a', 5, { lastAttempt: NOW, lastSuccess: NOW })], [], new Map([['a', long]]), NOW);
  assert.equal(status.components.map((c) => c.id), ['a', 'b']);
  assert.is(status.components[0]?.history.length, 10);
  assert.is(status.components[0]?.history[0]?.sequence, 0);
  assert.equal(status.components[0]?.installed, { version: '1.5', sequence: 5, date: '2026-11-25T08:00:00.000Z' });
  assert.is(status.components[0]?.lastSuccess, '2026-11-25T08:00:00.000Z');
  assert.equal(status.components[1], { id: 'b', lastAttempt: null, lastSuccess: null, installed: null, history: [] });
  assert.is(status.last, FULL_RUN);
  assert.equal([status.next, status.trust, status.report], [FULL_RUN.next, FULL_RUN.trust, FULL_RUN.report]);
});

test('what failed before is still in trouble after a run, or a rollback, that was not about it', () => {
  const entry = (action: 'failed' | 'updated' | 'skipped', code: number) => ({ at: AT, runId: 'r', version: '1', sequence: 1, action, code });
  const health = (document: RunDocument, ...history: readonly ReturnType<typeof entry>[]): string =>
    statusDocument(document, [component('b', 1), component('x', 1)], [], new Map([['b', []], ['x', history]]), NOW).health;
  assert.is(health(run({ components: [result('b')] }), entry('failed', 11)), 'degraded');
  assert.is(health(run({ components: [result('b'), skipped('not-asked')] }), entry('skipped', 0), entry('failed', 11)), 'degraded');
  assert.is(health(run({ components: [result('b'), skipped('not-asked')] }), entry('skipped', 0), entry('updated', 0), entry('failed', 11)), 'ok');
  assert.is(health(run({ components: [result('b'), result('x')] }), entry('failed', 11)), 'ok');
});

test('where no run was made the health is degraded and last is null', () => {
  const status = noStatus(NOW);
  assert.equal([status.health, status.last, status.summary], ['degraded', null, 'No run was made yet.']);
});

test.run();
