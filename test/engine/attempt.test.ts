// runtimes: node, deno
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Acts, attempt } from '../../src/engine/attempt.ts';
import { Ledger } from '../../src/engine/ledger.ts';
import { isWorking, NEXT } from '../../src/engine/machine.ts';
import { asComponentId, asSha256, type Component, fail, FINAL, type JournalEntry, ok, runId, WORKING, type Working } from '../../src/model/index.ts';

const test = suite('the machine of one installation');
const sha256 = asSha256('a'.repeat(64));
const id = asComponentId('demo');
if (sha256 === undefined || id === undefined) throw new Error('bad fixture');
const component: Component = {
  id,
  name: 'Demo',
  contentType: 'av',
  plugIn: 'fake',
  installPath: '/opt/demo',
  settings: {},
  installed: null,
  previous: null,
};
const next = { sequence: 2, version: '2.0', date: 0, sha256, folder: '/opt/.glued-demo/2' };
const base = { runId: runId(0, new Uint8Array(10)), component: id, snapshot: component, next, previous: null, kind: 'install' as const };

/** Walks the machine with acts that note their turn; `failing` says which stage fails. */
async function walk(from: Working, failing: readonly Working[], interruptedAfter?: Working) {
  const acted: string[] = [];
  const journalled: string[] = [];
  const ledger = new Ledger({ monotonic: () => 0 });
  const entry = ledger.enter(component);
  let interrupted = false;
  const acts: Partial<Record<Working, () => Promise<ReturnType<typeof ok> | ReturnType<typeof fail>>>> = {};
  for (const stage of WORKING) {
    acts[stage] = async () => {
      acted.push(stage);
      assert.is(journalled[journalled.length - 1], stage, 'a stage acted before it was journalled');
      if (stage === interruptedAfter) interrupted = true;
      return failing.includes(stage) ? fail('internal-error', { message: stage }) : ok();
    };
  }
  const journal = {
    put: (e: JournalEntry) => {
      journalled.push(e.stage);
      return ok();
    },
    list: () => ok([]),
    clear: () => ok(),
  };
  const walked = await attempt({ ledger, entry, journal, now: 0 }, base, from, acts as Acts, () => interrupted);
  assert.ok(walked.ok);
  return { acted, ...walked.value };
}

const ALL = ['downloading', 'unpacking', 'testing', 'swapping', 'confirming'] as const;
const CASES: readonly { readonly failing: readonly Working[]; readonly end: string; readonly acted: readonly string[] }[] = [
  { failing: [], end: 'installed', acted: ALL },
  { failing: ['downloading'], end: 'refused', acted: ALL.slice(0, 1) },
  { failing: ['unpacking'], end: 'refused', acted: ALL.slice(0, 2) },
  { failing: ['testing'], end: 'refused', acted: ALL.slice(0, 3) },
  { failing: ['swapping'], end: 'rolledBack', acted: [...ALL.slice(0, 4), 'restoring'] },
  { failing: ['confirming'], end: 'rolledBack', acted: [...ALL, 'restoring'] },
  { failing: ['confirming', 'restoring'], end: 'broken', acted: [...ALL, 'restoring'] },
  { failing: ['swapping', 'restoring'], end: 'broken', acted: [...ALL.slice(0, 4), 'restoring'] },
];

for (const { failing, end, acted } of CASES) {
  test(`${failing.length === 0 ? 'nothing fails' : `${failing.join(' and ')} fails`}: ${end}`, async () => {
    const walked = await walk('downloading', failing);
    assert.is(walked.end, end);
    assert.equal(walked.acted, acted);
    assert.is(walked.failure === null, failing.length === 0);
    if (failing.length > 0) assert.is(walked.failedStage, failing[0]);
    assert.is(walked.restoreFailure !== null, end === 'broken');
  });
}

test('an interruption before the swap abandons the attempt, and nothing more acts', async () => {
  for (const stage of ['downloading', 'unpacking', 'testing'] as const) {
    const walked = await walk('downloading', [], stage);
    assert.is(walked.end, 'abandoned');
    assert.is(walked.acted[walked.acted.length - 1], stage);
  }
});

test('an interruption during a stage that fails by it abandons the attempt and condemns nothing', async () => {
  const walked = await walk('downloading', ['testing'], 'testing');
  assert.is(walked.end, 'abandoned');
});

test('an interruption from the swap on lets the machine end', async () => {
  assert.is((await walk('downloading', [], 'swapping')).end, 'installed');
  assert.is((await walk('downloading', ['confirming'], 'confirming')).end, 'rolledBack');
});

test('recovery from every stage ends, and content that was not confirmed never stays', async () => {
  for (const stage of WORKING) {
    const from = NEXT[stage].crash;
    if (!isWorking(from)) {
      assert.is(from, 'abandoned');
      continue;
    }
    const walked = await walk(from, []);
    assert.is(walked.end, from === 'confirming' ? 'installed' : 'rolledBack');
  }
});

test('every row of the machine names stages that exist, and every final state is reached', () => {
  const ends = new Set(Object.values(NEXT).flatMap((row) => Object.values(row)));
  for (const end of ends) assert.ok(isWorking(end) || (FINAL as readonly string[]).includes(end));
  for (const final of FINAL) assert.ok(ends.has(final), `${final} is never reached`);
});

test('a journal that cannot be written stops before the stage acts', async () => {
  const ledger = new Ledger({ monotonic: () => 0 });
  let acted = 0;
  const walked = await attempt(
    {
      ledger,
      entry: ledger.enter(component),
      journal: { put: () => fail('internal-error', { message: 'disk' }), list: () => ok([]), clear: () => ok() },
      now: 0,
    },
    base,
    'swapping',
    {
      swapping: async () => {
        acted += 1;
        return ok();
      },
    },
    () => false,
  );
  assert.not.ok(walked.ok);
  assert.is(acted, 0);
});

test.run();
