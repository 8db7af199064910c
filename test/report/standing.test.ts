import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ComponentResult, StatusDocument } from '../../src/model/index.ts';
import { standingOf, statusDocument } from '../../src/report/index.ts';
import { ERROR, FULL_STATUS, HELD, HOSTILE, REFUSED, result, run } from './documents.ts';

const AT = Date.parse('2026-11-25T08:00:00Z');
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const fresh = (id: string, more: Partial<ComponentResult> = {}): ComponentResult =>
  result(id, { freshness: { contentDate: '2026-11-25T08:00:00.000Z', ageHours: 0, maxAgeHours: 48, stale: false }, ...more });

/** The status after this run. */
const after = (more: Parameters<typeof run>[0], nextAt: string | null = null): StatusDocument => statusDocument(run({ server: { url: 'https://content.test/', tried: [] }, ...more, next: { at: nextAt, reason: null } }), [], [], new Map(), AT);
const PROXY = { code: 19, name: 'proxy', stage: 'trust', text: 'The proxy http://proxy.test:3128 refused: 407. Look there.', remedy: 'x' } as const;

/** [what, the status, milliseconds since, health, the line] */
const CASES: readonly (readonly [string, StatusDocument, number, string, string])[] = [
  ['all current', after({ components: [fresh('a'), fresh('b'), fresh('c')] }, '2026-11-25T14:20:00.000Z'), 12 * MINUTE, 'ok', 'All well: 3 components current, checked 12 minutes ago, next run 14:20 UTC.'],
  ['one current, one held, one off', after({ components: [fresh('a'), { ...HELD, freshness: null }, result('c', { action: 'skipped', reason: { code: 'disabled', text: '' } })] }), 0, 'ok', 'All well: 1 component current, 1 deferred, 1 skipped, checked just now.'],
  ['nothing registered', after({}), MINUTE, 'ok', 'All well: no component is registered, checked 1 minute ago.'],
  ['the next run is another day', after({ components: [fresh('a')] }, '2026-11-26T02:05:00.000Z'), 5 * 60 * MINUTE, 'ok', 'All well: 1 component current, checked 5 hours ago, next run 2026-11-26 02:05 UTC.'],
  ['the next run is late', after({ components: [fresh('a')] }, '2026-11-25T09:00:00.000Z'), DAY, 'ok', 'All well: 1 component current, checked 24 hours ago, next run due.'],
  ['a clock that was set back', after({ components: [fresh('a')] }), -DAY, 'ok', 'All well: 1 component current, checked just now.'],
  ['grown stale without a run', after({ components: [fresh('a'), fresh('b')] }), 3 * DAY, 'degraded', 'Not well: a is 3 days old; see glued explain a; 1 more in trouble.'],
  [
    'stale, since the proxy refuses',
    after({ outcome: 'failed', code: 19, codeName: 'proxy', components: [fresh('a', { action: 'failed' })], errors: [PROXY] }),
    3 * DAY,
    'failed',
    'Not well: a is 3 days old: The proxy http://proxy.test:3128 refused: 407 (code 19); see glued explain a.',
  ],
  ['refused content', after({ outcome: 'partial', code: 16, codeName: 'done-with-errors', components: [fresh('a'), REFUSED], errors: [ERROR] }), 0, 'degraded', 'Not well: rules failed: The content test refused release 7 (code 11); see glued explain rules.'],
  [
    'content that did not prove itself',
    after({ outcome: 'failed', code: 12, codeName: 'install', components: [fresh('rules', { action: 'rolled-back', before: { version: '7', sequence: 7, date: '2026-11-25T08:00:00.000Z' }, reason: { code: 'probation-engine-died', text: '' } })], errors: [ERROR] }),
    0,
    'failed',
    'Not well: rules failed: The content test refused release 7 (code 11); see glued explain rules.',
  ],
  ['a whole run that failed before any component', after({ outcome: 'failed', code: 21, codeName: 'policy-invalid', errors: [{ ...PROXY, code: 21, name: 'policy-invalid', text: 'Line 3: no such key.' }] }), 0, 'failed', 'Not well: Line 3: no such key (code 21).'],
  ['what waits for a person', after({ components: [fresh('a', { action: 'skipped', reason: { code: 'pin-unmet', text: 'No release bears version 9.' } })] }), 0, 'degraded', 'Not well: a is not kept current: No release bears version 9; see glued explain a.'],
  ['a registration that an earlier run set aside', after({ components: [fresh('a')], setAside: [{ id: 'bad', path: '/s/NewRegistry/bad.plist.bad' }] }), 0, 'degraded', 'Not well: bad is not updated: its registration is set aside, and /s/NewRegistry/bad.plist.bad.reason.txt says why.'],
  ['what is off may be old', after({ components: [fresh('a', { action: 'skipped', reason: { code: 'disabled', text: '' } })] }), 9 * DAY, 'ok', 'All well: 0 components current, 1 skipped, checked 9 days ago.'],
];

for (const [name, status, since, health, line] of CASES) {
  test(name, () => assert.equal(standingOf(status, { now: AT + since, bootId: 'b' }), { health, line, restarts: [] }));
}

test('a rollback asked no server, and hides neither what is current besides nor what failed before it', () => {
  const rolledBack = after({ components: [fresh('b', { action: 'rolled-back' })], server: { url: null, tried: [] } });
  const registered = (code: number): StatusDocument['components'][number] =>
    ({ id: 'x', lastAttempt: null, lastSuccess: null, installed: null, history: [{ at: '2026-11-25T08:00:00.000Z', runId: 'r', version: '1', sequence: 1, action: code === 0 ? 'updated' : 'failed', code }] });
  const line = (code: number): string => standingOf({ ...rolledBack, components: [{ ...registered(0), id: 'b' }, registered(code)] }, { now: AT + 5 * MINUTE, bootId: 'b' }).line;
  assert.is(line(0), 'All well: 2 components current, last run 5 minutes ago.');
  assert.is(line(11), 'Not well: x failed 5 minutes ago (code 11), and was not tried again; see glued explain x.');
});

test('a restart that is waited for is said, until the boot is another', () => {
  const status: StatusDocument = { ...after({ components: [fresh('a')] }), restarts: [{ id: 'a', version: '2.0', kind: 'reboot', since: '2026-11-25T08:00:00.000Z', bootId: 'one' }] };
  assert.is(standingOf(status, { now: AT, bootId: 'one' }).line, 'All well: 1 component current, checked just now; a 2.0 waits for a reboot.');
  assert.is(standingOf(status, { now: AT, bootId: undefined }).restarts.length, 1);
  assert.is(standingOf(status, { now: AT, bootId: 'two' }).line, 'All well: 1 component current, checked just now.');
});

test('whatever is in it, the line is one line and steers nothing', () => {
  const hostile: StatusDocument = JSON.parse(JSON.stringify(FULL_STATUS), (key, v: unknown) => (typeof v === 'string' && !['action', 'outcome', 'health', 'kind'].includes(key) ? `${HOSTILE}${'x'.repeat(500)}` : v));
  for (const status of [hostile, { ...hostile, health: 'ok' as const, last: run({ finishedAt: HOSTILE }) }, { ...hostile, last: null }]) {
    const { line } = standingOf(status, { now: AT, bootId: 'b' });
    assert.not.match(line, /[\u0000-\u001f\u007f-\u009f\u200b\u202e\u2066]|NaN|undefined/);
  }
});

test.run();
