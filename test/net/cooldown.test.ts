// runtimes: node, deno
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Cooldown, fail, type HttpFailure, type HttpSink, rfc3339, timesForPeople } from '../../src/model/index.ts';
import { withCooldown } from '../../src/net/index.ts';
import { COOLING } from '../../src/net/retry-after.ts';
import { keptLog } from '../support/quick-ports.ts';
import { memoryCooldowns, type Reply, requestOf, ScriptedHttp, standingClock } from '../support/scripted-http.ts';

const A = 'http://a.example/content/';
const B = 'http://b.example/';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const nothing: HttpSink = { head: () => 'go', chunk: () => 'go' };

function world(store = memoryCooldowns(), clock = standingClock(), force: 'yes' | 'no' = 'no') {
  const http = new ScriptedHttp();
  const log = keptLog();
  const cooling = withCooldown(http, { clock, log }, { servers: [A, B], store, force });
  const ask = async (url: string): Promise<number | HttpFailure> => {
    const end = await cooling.http.document(requestOf(url));
    return end.ok ? end.value.status : end.failure;
  };
  return { http, log, clock, store, cooling, ask };
}

const untilOf = (got: number | HttpFailure): number => (typeof got === 'number' ? Number.NaN : (got.until ?? Number.NaN));

/** What a server answers, and for how long it is left alone after it; 0 is not at all. */
const now = standingClock().now();
const http = (ms: number): string => new Date(ms).toUTCString();
const TIMES: readonly (readonly [string, Reply, number])[] = [
  ['429 with seconds', { status: 429, headers: { 'retry-after': '120' } }, 2 * MINUTE],
  ['503 with seconds', { status: 503, headers: { 'retry-after': '90' } }, 90_000],
  ['429 with a date', { status: 429, headers: { 'retry-after': http(now + 10 * MINUTE) } }, 10 * MINUTE],
  ["a date by the server's clock, which is a year off ours", { status: 429, headers: { 'retry-after': http(now - 365 * 24 * HOUR + MINUTE), date: http(now - 365 * 24 * HOUR) } }, MINUTE],
  ['429 without Retry-After', { status: 429 }, COOLING.firstMs],
  ['429 with one that says nothing', { status: 429, headers: { 'retry-after': 'soon' } }, COOLING.firstMs],
  ['429 with one that came twice', { status: 429, headers: { 'retry-after': '60, 120' } }, COOLING.firstMs],
  ['429 with a negative one', { status: 429, headers: { 'retry-after': '-5' } }, COOLING.firstMs],
  ['429 with 0', { status: 429, headers: { 'retry-after': '0' } }, COOLING.leastMs],
  ['429 with a date that has passed', { status: 429, headers: { 'retry-after': http(now - HOUR) } }, COOLING.leastMs],
  ['429 for a year', { status: 429, headers: { 'retry-after': '31536000' } }, 24 * HOUR],
  ['429 for longer than a number holds', { status: 429, headers: { 'retry-after': '9'.repeat(400) } }, 24 * HOUR],
  ['429 until the year 9999', { status: 429, headers: { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' } }, 24 * HOUR],
  ['503 without Retry-After', { status: 503 }, 0],
  ['503 with one that says nothing', { status: 503, headers: { 'retry-after': '' } }, 0],
  ['500 with Retry-After', { status: 500, headers: { 'retry-after': '60' } }, 0],
  ['404', { status: 404 }, 0],
];
for (const [what, reply, ms] of TIMES) {
  test(`${what}: ${ms / 1000} s`, async () => {
    const it = world();
    it.http.reply = () => reply;
    const got = await it.ask(`${A}x`);
    if (ms === 0) {
      assert.is(got, 'status' in reply ? reply.status : 0);
      assert.is(it.store.rows.size, 0);
      return;
    }
    assert.is(untilOf(got), now + ms);
    assert.is(it.store.rows.get(A)?.until, now + ms);
  });
}

test('no request goes to a server that cools down, in this run and in the next; others are asked as before', async () => {
  const it = world();
  it.http.reply = (url) => (url.startsWith(A) ? { status: 429, headers: { 'retry-after': '60' } } : { status: 200 });
  const learned = await it.ask(`${A}x`);
  assert.is(typeof learned === 'number' ? learned : learned.kind, 'cooling-down');
  const again = await it.ask(`${A}y`);
  assert.match(typeof again === 'number' ? '' : again.detail, `${A} wants no request before ${timesForPeople(rfc3339(now + MINUTE))}`);
  const streamed = await it.cooling.http.stream(requestOf(`${A}packages/1`), nothing);
  assert.is(streamed.ok ? '' : streamed.failure.until, now + MINUTE);
  assert.is(await it.ask(`${B}x`), 200);
  assert.is(await it.ask('http://cdn.example/x'), 200);
  const next = world(it.store, it.clock);
  assert.is(untilOf(await next.ask(`${A}x`)), now + MINUTE);
  assert.equal(next.http.asked, []);
  assert.equal(next.cooling.waiting().map((c) => c.server), [A]);
  it.clock.at += MINUTE;
  assert.is(await next.ask(`${A}x`), 200);
  assert.equal(next.cooling.waiting(), []);
});

test('a package is no exception: its sink never sees the refusal', async () => {
  const it = world();
  it.http.reply = () => ({ status: 503, headers: { 'retry-after': '30' } });
  const heads: number[] = [];
  const end = await it.cooling.http.stream(requestOf(`${A}packages/1`), { ...nothing, head: (head) => (heads.push(head.status), 'go') });
  assert.is(end.ok ? '' : end.failure.kind, 'cooling-down');
  assert.equal(heads, []);
});

test('without Retry-After each refusal in a row doubles the time up to its most, and a success begins anew', async () => {
  const it = world();
  it.http.reply = () => ({ status: 429 });
  const waits: number[] = [];
  for (let n = 0; n < 9; n++) {
    const run = world(it.store, it.clock);
    run.http.reply = it.http.reply;
    const until = untilOf(await run.ask(`${A}x`));
    waits.push((until - it.clock.at) / MINUTE);
    it.clock.at = until;
  }
  assert.equal(waits, [5, 10, 20, 40, 80, 160, 240, 240, 240]);
  const well = world(it.store, it.clock);
  assert.is(await well.ask(`${A}x`), 200);
  assert.is(it.store.rows.size, 0);
  const after = world(it.store, it.clock);
  after.http.reply = it.http.reply;
  assert.is(untilOf(await after.ask(`${A}x`)) - it.clock.at, COOLING.firstMs);
});

test('a 404 is no success, a refusal of long ago counts for nothing', async () => {
  const row: Cooldown = { server: A, since: now - HOUR, until: now - MINUTE, refusals: 4 };
  const it = world(memoryCooldowns(row));
  it.http.reply = () => ({ status: 404 });
  assert.is(await it.ask(`${A}x`), 404);
  assert.is(it.store.rows.get(A)?.refusals, 4);
  const old = world(memoryCooldowns({ ...row, since: now - 9 * 24 * HOUR, until: now - 8 * 24 * HOUR }));
  assert.is(old.store.rows.size, 0);
});

test('refusals of requests that were on their way together are one, and a success among them ends nothing', async () => {
  const it = world();
  const replies: Reply[] = [{ status: 429 }, { status: 429 }, { status: 200 }, { status: 429 }];
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  it.http.reply = async () => {
    const reply = replies.shift() ?? { status: 200 };
    await gate;
    return reply;
  };
  const all = [1, 2, 3, 4].map((n) => it.ask(`${A}${n}`));
  open();
  await Promise.all(all);
  assert.equal(it.store.rows.get(A), { server: A, since: now, until: now + COOLING.firstMs, refusals: 1 });
});

test('--force asks a server that an earlier run had to leave alone, and not one that refused in this run', async () => {
  const store = memoryCooldowns({ server: A, since: now - MINUTE, until: now + HOUR, refusals: 1 });
  const it = world(store, standingClock(), 'yes');
  it.http.reply = () => ({ status: 429 });
  assert.is(untilOf(await it.ask(`${A}x`)), now + 2 * COOLING.firstMs);
  assert.ok(Number.isFinite(untilOf(await it.ask(`${A}y`))));
  assert.equal(it.http.asked, [`${A}x`]);
  const well = world(memoryCooldowns({ server: A, since: now - MINUTE, until: now + HOUR, refusals: 1 }), standingClock(), 'yes');
  assert.is(await well.ask(`${A}x`), 200);
  assert.is(well.store.rows.size, 0);
});

test('a clock that went back ten years makes no cooldown longer than it was, and it ends', async () => {
  const store = memoryCooldowns({ server: A, since: now, until: now + HOUR, refusals: 1 });
  const clock = standingClock(now - 10 * 365 * 24 * HOUR);
  const it = world(store, clock);
  assert.is(untilOf(await it.ask(`${A}x`)), clock.at + HOUR);
  clock.at += HOUR;
  const next = world(store, clock);
  assert.is(await next.ask(`${A}x`), 200);
});

test('a row that was tampered with holds for a day at most', async () => {
  const it = world(memoryCooldowns({ server: A, since: now, until: now + 10_000 * HOUR, refusals: 1 }));
  assert.is(untilOf(await it.ask(`${A}x`)), now + 24 * HOUR);
});

test('a store that fails costs the memory across runs, and nothing else', async () => {
  const broken = fail('state-full', { path: '/state.db', op: 'write' });
  const it = world({ rows: new Map(), list: () => broken, put: () => broken, drop: () => broken });
  it.http.reply = () => ({ status: 429 });
  await it.ask(`${A}x`);
  assert.is(untilOf(await it.ask(`${A}x`)), now + COOLING.firstMs);
  assert.is(it.http.asked.length, 1);
  assert.match(it.log.lines.join('\n'), 'cooldown-not-kept');
});

test('of two servers on one host the longer address counts', async () => {
  const inner = `${A}inner/`;
  const script = new ScriptedHttp();
  script.reply = () => ({ status: 429 });
  const store = memoryCooldowns();
  const cooling = withCooldown(script, { clock: standingClock(), log: keptLog() }, { servers: [A, inner], store, force: 'no' });
  await cooling.http.document(requestOf(`${inner}x`));
  assert.equal([...store.rows.keys()], [inner]);
});

test.run();
