// runtimes: node, deno
/** The rules of probation (facts/safety.md, 8 to 10 and 13), each as a row. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { beginProbation, countStart, judge, provenOf } from '../../src/engine/probation.ts';
import { asComponentId, asSha256, type Component, type Content, type EngineLife, type Probation } from '../../src/model/index.ts';

const test = suite('probation');

const MINUTE = 60_000;
const T0 = Date.parse('2026-11-25T06:00:00Z');
const idOf = asComponentId('demo');
if (idOf === undefined) throw new Error('no id');
const id = idOf;

function content(sequence: number): Content {
  const sha256 = asSha256(String(sequence).repeat(64).slice(0, 64));
  if (sha256 === undefined) throw new Error('no hash');
  return { sequence, version: `${sequence}.0`, date: T0, sha256, folder: `/v/${sequence}` };
}
const bare = (sequence: number) => {
  const { folder: _, ...installed } = content(sequence);
  return installed;
};
const before: Component = { id, name: 'Demo', contentType: 'av', plugIn: 'clamav', installPath: '/v', settings: {}, installed: bare(2), previous: bare(1) };
const POLICY = { minutes: 10, maxRestarts: 2, bootLoopMinutes: 10 };
const by = { policy: POLICY, policyDigest: 'p', now: T0, boot: 'boot-0' };

function begun(more: Partial<Probation> = {}): Probation {
  const made = beginProbation(before, content(3), content(2), { requires: [] }, by);
  if (made === null) throw new Error('no probation');
  return { ...made, ...more };
}

const up = (identity: string): EngineLife => ({ kind: 'up', identity, says: 'ClamAV' });
const dead = (since: number | null): EngineLife => ({ kind: 'dead', since, detail: 'nobody listens', lastWords: 'Segmentation fault' });
const NONE: EngineLife = { kind: 'none' };
const SILENT: EngineLife = { kind: 'silent', detail: 'no answer within 5000 ms' };

/** Looks every so many minutes after the installation; the last verdict, and why. */
function looks(probation: Probation, seen: readonly (readonly [minute: number, life: EngineLife])[]): string {
  let at = probation;
  let last = '';
  for (const [minute, life] of seen) {
    const judged = judge(at, { now: T0 + minute * MINUTE, life });
    last = judged.kind === 'condemned' ? judged.why.why : judged.kind;
    if (judged.kind !== 'proven') at = judged.probation;
  }
  return last;
}

const ROWS: readonly (readonly [name: string, probation: Probation, seen: readonly (readonly [number, EngineLife])[], verdict: string])[] = [
  ['an engine that answers throughout', begun(), [[1, up('a')], [5, up('a')], [10, up('a')]], 'proven'],
  ['before the clock is over', begun(), [[9.9, up('a')]], 'goes-on'],
  ['no engine to ask: the clock alone', begun(), [[10, NONE]], 'proven'],
  ['an engine that dies', begun(), [[0.1, up('a')], [0.5, dead(null)]], 'probation-engine-died'],
  ['one that died before anybody looked, but came up with the new content', begun(), [[1, dead(T0 + 1000)]], 'probation-engine-died'],
  ['one that was dead before the new content came', begun(), [[1, dead(T0 - 1000)]], 'goes-on'],
  ['one that nobody ever saw and that left nothing', begun(), [[1, dead(null)]], 'goes-on'],
  ['as many restarts as policy allows', begun(), [[1, up('a')], [2, up('b')], [3, up('c')], [10, up('c')]], 'proven'],
  ['one more', begun(), [[1, up('a')], [2, up('b')], [3, up('c')], [4, up('d')]], 'probation-engine-restarted'],
  ['an administrator stops it', begun(), [[1, up('a')], [2, { kind: 'stopped', detail: 'no socket' }], [10, { kind: 'stopped', detail: 'no socket' }]], 'proven'],
  ['an administrator stops and starts it, again and again', begun({ maxRestarts: 0 }), [[1, up('a')], [2, { kind: 'stopped', detail: '' }], [3, up('b')], [4, { kind: 'stopped', detail: '' }], [5, up('c')]], 'goes-on'],
  ['silent for a short while', begun(), [[1, up('a')], [2, SILENT], [3, up('a')], [10, up('a')]], 'proven'],
  ['silent at the end is not proven yet', begun(), [[9, SILENT], [10, SILENT]], 'goes-on'],
  ['silent, and then nobody who can be asked any more: the clock alone', begun(), [[8, SILENT], [9, NONE], [10, NONE]], 'proven'],
  ['silent, nobody to ask, and silent again: the five minutes begin anew', begun(), [[1, SILENT], [2, NONE], [6.5, SILENT]], 'goes-on'],
  ['silent for five minutes', begun(), [[1, SILENT], [6, SILENT]], 'probation-engine-silent'],
  ['a clock that was set back begins anew, and ends', begun({ since: T0 + 600 * MINUTE, until: T0 + 610 * MINUTE }), [[1, NONE], [10.5, NONE], [11, NONE]], 'proven'],
  ['what was condemned once stays so, whatever the engine says', begun({ condemned: { why: 'probation-boot-loop', data: { component: 'demo', version: '3.0', starts: 3, minutes: 10 } } }), [[10, up('a')]], 'probation-boot-loop'],
];

for (const [name, probation, seen, verdict] of ROWS) {
  test(`${name}: ${verdict}`, () => assert.is(looks(probation, seen), verdict));
}

test('an engine that died tells how long it lasted, and its last words are evidence', () => {
  const judged = judge(begun({ engine: 'a' }), { now: T0 + 20_000, life: dead(null) });
  if (judged.kind !== 'condemned') throw new Error(judged.kind);
  assert.equal([judged.why.data['seconds'], judged.why.detail], [20, 'Segmentation fault']);
});

/** Starts of the machine at these minutes, each with another boot id; the verdict at the last of them. */
function starts(probation: Probation, minutes: readonly number[]): string {
  let at = probation;
  for (const minute of minutes) at = countStart(at, T0 + minute * MINUTE, `boot at ${minute}`, 'ignore');
  return looks(at, [[minutes.at(-1) ?? 0, NONE]]);
}

const STARTS: readonly (readonly [minutes: readonly number[], bootLoopMinutes: number, verdict: string])[] = [
  [[1], 10, 'goes-on'],
  [[1, 2], 10, 'goes-on'],
  [[1, 2, 3], 10, 'probation-boot-loop'],
  [[1, 6, 11], 10, 'probation-boot-loop'],
  [[1, 6, 11.1], 10, 'goes-on'],
  [[5, 10, 15], 10, 'probation-boot-loop'],
  [[11], 10, 'proven'],
  [[1, 2, 3], 0, 'goes-on'],
];
for (const [minutes, bootLoopMinutes, verdict] of STARTS) {
  test(`starts after ${minutes.join(', ')} minutes, ${bootLoopMinutes} minutes for a boot loop: ${verdict}`, () => {
    assert.is(starts(begun({ bootLoopMinutes }), minutes), verdict);
  });
}

test('a start is another boot id; where the system has none, whoever is called once a start counts', () => {
  const probation = begun();
  assert.is(countStart(probation, T0 + 1, 'boot-0', 'count'), probation);
  assert.is(countStart(probation, T0 + 1, null, 'ignore'), probation);
  assert.equal(countStart(probation, T0 + 1, null, 'count').starts, [{ boot: null, at: T0 + 1 }]);
  assert.equal(countStart(probation, T0 + 1, 'boot-1', 'ignore').starts, [{ boot: 'boot-1', at: T0 + 1 }]);
});

test('a restart of the machine is no restart of the engine, and what it left from before is no death', () => {
  const started = countStart(begun({ engine: 'pid 7' }), T0 + 2 * MINUTE, 'boot-1', 'ignore');
  assert.is(looks({ ...started, maxRestarts: 0 }, [[3, up('pid 8')]]), 'goes-on');
  assert.is(looks(started, [[3, dead(T0 + MINUTE)]]), 'goes-on');
  assert.is(looks(started, [[3, dead(T0 + 2.5 * MINUTE)]]), 'probation-engine-died');
});

test('policy may ask for none, and bytes that were proven need none', () => {
  assert.is(beginProbation(before, content(3), content(2), { requires: [] }, { ...by, policy: { ...POLICY, minutes: 0 } }), null);
  assert.is(beginProbation(before, content(2), content(2), { requires: [] }, by), null);
});

test('what is proven of a component is what it was before the release on probation; a first release is the best there is', () => {
  const now: Component = { ...before, installed: bare(3), previous: bare(2) };
  assert.equal(provenOf(now, [begun()]), before);
  assert.is(provenOf(now, []), now);
  const first = begun({ component: { ...before, installed: null, previous: null } });
  assert.is(provenOf(now, [first]), now);
});

test.run();
