import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Company, FaultWorld, type Happened } from '../support/fault-world.ts';
import { type Runtime, runtimes } from '../support/runtimes.ts';
import { skip } from '../support/skip.ts';
import { part, wordsOf } from '../support/story-world.ts';
import { makeTestCa } from '../support/test-ca.ts';
import { ANSWER_ROWS } from './answer-rows.ts';
import { CONNECTION_ROWS } from './connection-rows.ts';
import { CONTENT_ROWS } from './content-rows.ts';
import type { Row } from './row.ts';
import { TLS_ROWS } from './tls-rows.ts';

/** Runs side by side on each runtime: most of their time is waiting. */
const AT_ONCE = 5;

const test = suite('faults of servers');
const ca = makeTestCa('Faults');
const needsCa = (row: Row): boolean => row.tls !== undefined || row.speak !== undefined;
const ALL: readonly Row[] = [...CONNECTION_ROWS, ...ANSWER_ROWS, ...CONTENT_ROWS, ...TLS_ROWS];
const ROWS = ALL.filter((row) => ca !== undefined || !needsCa(row));

type Case = { readonly row: Row; readonly company: Company };
/** Each fault on both runtimes: alone on one and with a second server on the other, in turn; alone on both where no second one is needed. */
const CASES = ['node', 'deno'].map((_, turn) =>
  ROWS.map((row, i): Case => ({ row, company: row.second === 'not needed' || i % 2 === turn ? 'alone' : 'with a second server' }))
    .toSorted((a, b) => Number(b.row.slow ?? false) - Number(a.row.slow ?? false)),
);

/** All that holds of every run: the code, what is installed, whose fault it is said to be, and how often the server was asked. */
function judge({ row, company }: Case, end: Happened): void {
  const { document } = end;
  const told = `${end.stdout}${end.stderr}`;
  const saved = company !== 'alone';
  const code = saved ? (row.second === 'older' ? 7 : 0) : row.alone.code;
  assert.is(document.code, code, told);
  const after = (saved ? undefined : row.after) ?? (code === 0 || row.warm === 'served' ? '2.0' : '1.0');
  assert.is(part(document).after?.version, after, told);
  if (code !== 0) {
    assert.is(document.errors.length, 1, told);
    assert.is(part(document).action, saved ? 'failed' : (row.alone.action ?? 'failed'), told);
  } else assert.equal(document.errors, [], told);
  const before = row.warm === 'served' ? '2.0' : '1.0';
  if (after === before) assert.ok(end.untouched, 'installed content was changed');
  if (row.alone.says !== undefined) assert.match(wordsOf(document), row.alone.says, told);
  const requests = saved ? (row.requestsWithSecond ?? row.alone.requests) : row.alone.requests;
  assert.is(end.requests, requests, told);
  if (row.maxSent !== undefined) assert.ok(end.sent <= row.maxSent, `${end.sent} bytes were sent`);
}

/** Every case once, so many at a time; how each ended, or why it could not be run. */
async function runAll(world: FaultWorld, rt: Runtime, cases: readonly Case[]): Promise<ReadonlyMap<Case, Happened | Error>> {
  await world.prepare(rt, AT_ONCE);
  const ended = new Map<Case, Happened | Error>();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let one = cases[next++]; one !== undefined; one = cases[next++]) {
      ended.set(one, await world.run(rt, one.row, one.company).catch((e: unknown) => (e instanceof Error ? e : new Error(String(e)))));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return ended;
}

const world = await FaultWorld.make(ca);
test.after(() => world.end());
const tested = runtimes().filter((rt) => rt.name !== 'binary');
const began = performance.now();
const results = await Promise.all(tested.map((rt, i) => runAll(world, rt, CASES[i] ?? [])));
const seconds = ((performance.now() - began) / 1000).toFixed(0);

for (const [at, rt] of tested.entries()) {
  for (const one of CASES[at] ?? []) {
    test(`${rt.name}, ${one.company}: ${one.row.name}`, () => {
      const end = results[at]?.get(one);
      if (end === undefined || end instanceof Error) throw end ?? new Error('it was not run');
      judge(one, end);
    });
  }
}
if (ca === undefined) for (const row of ALL.filter(needsCa)) skip(test, row.name, 'the openssl command is not there');

test('no two faults have one name', () => assert.is(new Set(ALL.map((row) => `${row.on}: ${row.name}`)).size, ALL.length));
console.log(`\nNOTE: ${ROWS.length} named faults on ${tested.map((rt) => rt.name).join(' and on ')}: ${CASES.flat().length} runs, in ${seconds} s`);
test.run();
