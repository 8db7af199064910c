import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOCK_TOLERANCE_MS } from '../../src/model/index.ts';
import { DAY } from '../support/tuf-repository.ts';
import { assertFailure, bad, good, NOW, settled, world } from './world.ts';

const HOUR = 3_600_000;

test('a clock before the build is 7 and says that it is the clock, names both times, asks nobody', async () => {
  const it = world();
  const outcome = await it.refresh({ now: NOW - 400 * DAY });
  assertFailure(bad(outcome), 7, /clock of this machine is wrong: it says 2025-10-21.*built on 2026-01-29/);
  assert.equal(it.http.take(), []);
});

test('a clock before the newest release that was verified here is 7, names both times, asks nobody', async () => {
  const it = await settled();
  const outcome = await it.refresh({ now: NOW - DAY - CLOCK_TOLERANCE_MS - 1 });
  assertFailure(bad(outcome), 7, /clock of this machine is wrong: it says 2026-11-24 11:54:59 UTC.*release dated 2026-11-24 12:00:00 UTC/);
  assert.equal(it.http.take(), []);
  // clocks that are kept by the network differ a little
  good(await it.refresh({ now: NOW - DAY - CLOCK_TOLERANCE_MS }));
});

for (const [name, shift] of [['late', -DAY - HOUR], ['early', DAY + HOUR]] as const) {
  test(`a clock that is more than a day ${name} by the server's Date is 7 and says so`, async () => {
    const it = world();
    it.now = NOW + shift;
    it.one.date = NOW;
    assertFailure(bad(await it.refresh()), 7, /clock of this machine is wrong, or that of the server.*there 2026-11-25 12:00:00 UTC/);
    assert.equal(Object.keys(it.store.contents()), []);
  });
}

test('a clock within a day of the server is good', async () => {
  const it = world();
  it.one.date = NOW + DAY - HOUR;
  good(await it.refresh());
});

test('an answer that a cache kept for days is no proof of a wrong clock: its Age counts', async () => {
  const it = world();
  it.one.answer = (path) => (path.endsWith('root.json') ? { status: 404, headers: { date: new Date(NOW - 3 * DAY).toUTCString(), age: String((3 * DAY) / 1000) } } : undefined);
  good(await it.refresh());
});

test('with a clock far ahead, metadata that looks expired is the clock, not the repository', async () => {
  const it = await settled();
  it.now = NOW + 60 * DAY;
  it.one.date = NOW;
  assertFailure(bad(await it.refresh()), 7, /clock of this machine/);
});

test('with a clock that agrees, expired metadata is said to be expired', async () => {
  const it = await settled();
  it.now = it.one.date = NOW + 60 * DAY;
  const failure = bad(await it.refresh());
  assertFailure(failure, 7, /root expired on 2026-12-25.*it is 2027-01-24/);
});

test('without any Date to compare with, expired metadata is said to be expired', async () => {
  const it = await settled();
  it.now = NOW + 60 * DAY;
  delete it.one.date;
  assertFailure(bad(await it.refresh()), 7, /expired/);
});

test('one server with a wrong clock is that server alone', async () => {
  const it = world();
  it.http.servers.set('http://two.example/', { files: it.repo.files, date: NOW });
  it.one.date = NOW - 9 * DAY;
  const servers = [...it.http.servers.keys()].map((url) => ({ url, headers: {} }));
  const value = good(await it.refresh({ servers }));
  assert.is(value.server.url, 'http://two.example/');
  assert.match(value.tried[0]?.error ?? '', /clock/);
});
test.run();
