import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Delta, fail, type StatusDocument } from '../../src/model/index.ts';
import { plan } from '../../src/planner/index.ts';
import { explainDocument, historyDocument, type Look, renderExplain, renderFailure, renderHistory, renderRun, renderStatus } from '../../src/report/index.ts';
import { content, input, inventory, policy, release, sha } from '../planner/world.ts';
import { ERROR, FULL_RUN, FULL_STATUS, HELD, HISTORY, HOSTILE, result, run, UPDATED } from './documents.ts';

const MOMENT = { now: Date.parse('2026-11-25T09:00:00Z'), bootId: 'b' };
const PLAIN: Look = { columns: 100, colour: 'off', stdoutIsTerminal: true };

const world = input({ releases: [release(9), release(10, { paused: true })], policy: policy({ components: { demo: { hold: { hours: 1 } } } }) });
const explained = explainDocument({ plan: plan(world), input: world }, []);

test('a run for a person says outcome, before and after, why not, errors, restart, notes', () => {
  const text = renderRun(FULL_RUN, PLAIN);
  assert.match(text, /^Dry run, nothing was changed\. A run would end so: Partial, code 16 \(done-with-errors\): 1 updated, 1 deferred, 1 failed; stale: demo; registration set aside: bad\.\n/);
  assert.match(text, /clamav\.main +1\.5 \(5\) +-> +1\.10 \(10\) +updated +install-newer; full, 1\.5 MiB/);
  assert.match(text, /demo: deferred \(held\)\n {2}Policy holds release 10/);
  assert.match(text, / {2}Decided by content\.av\.hold\.hours, set by \/etc\/glued\/policy\.json\.\n/);
  assert.match(text, / {2}What to do: Wait until/);
  assert.match(text, /Rollout: bucket 12\.34, now at 50 %\./);
  assert.match(text, /rules, testing: code 11 \(content-test\)\n {2}The content test refused release 7\.\n {2}What to do: Publish a release/);
  assert.match(text, / {2}\| line one\n {2}\| line two\n/);
  assert.match(text, /A logout is needed to finish\./);
  assert.match(text, /Server http:\/\/127\.0\.0\.1:8081\/ was of no use: refused/);
  assert.match(text, /Notes\n {2}status\.json was damaged/);
  assert.match(text, /STALE: 100 h old/);
  assert.not.match(text, /rules: failed/, 'its error says it, once');
});

test('what came from the cache says so', () => {
  assert.match(renderRun(run({ components: [{ ...UPDATED, via: 'cache' }] }), PLAIN), /updated +install-newer; from the cache; on probation\n/);
});

test('what came by a delta says how much of the whole that was', () => {
  const delta = { ...UPDATED, via: 'delta', bytes: { downloaded: 12_288, full: 3_250_000 } } as const;
  assert.match(renderRun(run({ components: [delta] }), PLAIN), /updated +install-newer; delta, 12\.0 KiB of 3\.1 MiB; on/);
});

test('an explanation says what would be downloaded: the package, or by which deltas from what', () => {
  const unpackedSha256 = sha('tar');
  const hashed = (sequence: number, deltas: readonly Delta[]) => {
    const plain = release(sequence, { deltas });
    return { ...plain, package: { ...plain.package, unpackedSha256 } };
  };
  const delta = (fromSequence: number): Delta => ({ fromSequence, sha256: sha(`delta from ${fromSequence}`), size: 40, algorithm: 'zstd' });
  const releases = [hashed(10, [delta(9)]), hashed(9, [delta(5)]), hashed(5, [])];
  const textOf = (more: Parameters<typeof input>[0]): string => {
    const given = input({ releases, ...more });
    return renderExplain(explainDocument({ plan: plan(given), input: given }, []), { ...PLAIN, columns: 120 });
  };
  assert.match(textOf({}), / {2}Download: full, 1010 bytes\.\n/);
  assert.match(textOf({ cached: [sha('demo 10')] }), / {2}Download: nothing, its package is in the cache\.\n/);
  assert.match(textOf({ inventories: { demo: inventory({ kept: [content(5)] }) } }), / {2}Download: delta, 80 bytes of 1010 bytes, by release 5 > 9 > 10 from the installed content\.\n/);
  assert.match(textOf({ cached: [sha('demo 9')] }), / {2}Download: delta, 40 bytes of 1010 bytes, by release 9 > 10 from the cached package\.\n/);
});

test('an update is not told to be because of "up to date"', () => {
  const after = { code: 'up-to-date', text: 'x' } as const;
  assert.match(renderRun(run({ components: [{ ...UPDATED, reason: after }] }), PLAIN), /updated +full, 1\.5 MiB; on probation\n/);
});

test('what --insecure-policy accepted is named, and an error without evidence has none', () => {
  const policy = { id: null, version: null, digest: null, sources: [{ path: '/p.json', trusted: true }, { path: '/root.json', trusted: false }], ignoredKeys: [] };
  const text = renderRun(run({ policy, errors: [{ ...ERROR, detail: '\n' }] }), PLAIN);
  assert.match(text, /\nOthers can change \/root\.json: it was accepted by --insecure-policy\.\n/);
  assert.not.match(text, /Others can change \/p\.json|\|/);
});

test('a run in which all is well is short', () => {
  const text = renderRun(run({ components: [result('demo', { reason: { code: 'up-to-date', text: 'x' } })] }), PLAIN);
  assert.is(text.split('\n').length, 5, text);
});

test('of a long detail the end is shown, and how much is not', () => {
  const detail = Array.from({ length: 30 }, (_, n) => `line ${n}`).join('\n');
  const text = renderRun(run({ errors: [{ ...ERROR, detail }] }), PLAIN);
  assert.match(text, /\| \.\.\. 18 lines before\n {2}\| line 18\n/);
  assert.match(text, /line 29\n/);
  assert.not.match(text, /line 17\n/);
});

test('an explanation shows the decision, then every gate, release by release', () => {
  const text = renderExplain(explained, PLAIN);
  assert.match(text, /demo: a run would install 1\.9 \(9\)\n {2}The demo, av; installed 1\.5 \(5\), offered 1\.10 \(10\)/);
  assert.ok(text.indexOf('The component') < text.indexOf('Release 10\n') && text.indexOf('Release 10\n') < text.indexOf('Release 9\n'), text);
  assert.match(text, /STOP +paused +The publisher paused release 10\./);
  assert.match(text, /pass +hold .*\n? *\[components\.demo\.hold\.hours\]/);
});

test('explain of a content type that nothing here has says so', () => {
  const said = / No component that this asks about is registered here\. See: glued registry list$/;
  const words = (document: typeof explained): string => renderExplain(document, PLAIN).replace(/\s+/g, ' ').trim();
  assert.match(words({ ...explained, components: [], errors: [], notes: [] }), said);
  assert.not.match(words(explained), said);
});

test('an explanation beside a run says first who is at work, and at what', () => {
  const underWay = { pid: 4711, command: 'schedule', since: '2026-11-25T08:00:00.000Z', installing: [{ id: 'demo', version: '1.9', sequence: 9, stage: 'testing' }] };
  const flat = (document: typeof explained): string => renderExplain(document, PLAIN).replace(/\s+/g, ' ');
  assert.match(flat({ ...explained, underWay }), /A run is under way: pid 4711, `schedule`, since 2026-11-25 08:00:00 UTC; it is testing 1\.9 \(9\) of demo\. Below is/);
  assert.match(flat({ ...explained, underWay: { ...underWay, installing: [] } }), /since 2026-11-25 08:00:00 UTC\. Below is/);
  assert.not.match(flat(explained), /under way/);
});

test('a status shows the three times of each component, and the errors of the last run', () => {
  const text = renderStatus(FULL_STATUS, MOMENT, PLAIN);
  assert.match(text, /^Not well: .*\nLast run: 2026-11-25 08:00:00 UTC \(command\)\. Partial\.\n/);
  assert.match(text, /\nclamav\.main 1\.10, installed 2026-11-25 08:00:00 UTC, waits for a logout\.\n/);
  assert.match(text, /COMPONENT +INSTALLED +CONTENT OF +LAST SUCCESS +LAST ATTEMPT +LAST RUN/);
  assert.match(text, /rules +- +never +never +2026-11-25 08:00Z +failed/);
  assert.match(text, /rules, testing: code 11/);
});

test('a history shows the newest first, also of a component that nothing happened to', () => {
  const text = renderHistory(historyDocument(new Map([['demo', HISTORY], ['a', []]]), []), PLAIN);
  assert.match(text, /^a\n {2}nothing yet\n\ndemo\nAT +VERSION/);
  assert.match(text, /1\.10 \(10\) +updated +0 +019ab9a0/);
  assert.is(renderHistory(historyDocument(new Map(), []), PLAIN), 'No run had to do with a component yet.\n');
});

test('a status shows what is on probation until that is over', () => {
  const tried: StatusDocument = { ...FULL_STATUS, last: { ...FULL_RUN, components: [result('demo', { probation: { until: '2026-11-25T08:10:00.000Z' } }), result('rules')] } };
  const shownAt = (at: string): string => renderStatus(tried, { ...MOMENT, now: Date.parse(at) }, PLAIN);
  assert.match(shownAt('2026-11-25T08:09:00Z'), '\nOn probation: demo until 2026-11-25 08:10:00 UTC.\n');
  assert.not.match(shownAt('2026-11-25T08:11:00Z'), 'On probation');
});

test('a table is cut at the edge of a terminal, and whole in a file or a pipe', () => {
  const document = historyDocument(new Map([['demo', HISTORY]]), []);
  const [id = ''] = HISTORY.map((h) => h.runId);
  const narrow = { ...PLAIN, columns: 60 };
  assert.not.match(renderHistory(document, narrow), id);
  assert.match(renderHistory(document, { ...narrow, stdoutIsTerminal: false }), id);
});

test('a failure names the command, the code, what is wrong and what to do', () => {
  const text = renderFailure(fail('plugin-absent', { component: 'demo', plugIn: 'x' }).failure, 'explain', PLAIN);
  assert.match(text, /^explain: code 2 \(plugin-load\)\n {2}The plug-in x of demo.*\n {2}What to do: /);
});

/** Every text of every document, replaced by `text`; codes and enums too, as whoever wrote them may be anyone. */
function filled<T>(value: T, text: string): T {
  return JSON.parse(JSON.stringify(value, (key, v: unknown) => (typeof v === 'string' && !FIXED.has(key) ? text : v)));
}
const FIXED = new Set(['schema', 'action', 'outcome', 'health', 'restart', 'choice', 'codeName', 'via', 'gate', 'contentType']);

/** [name, the text for a look and a filling] */
const RENDERERS: readonly (readonly [string, (look: Look, text: string) => string])[] = [
  ['run', (look, text) => renderRun(filled(FULL_RUN, text), look)],
  ['status', (look, text) => renderStatus(filled(FULL_STATUS, text), MOMENT, look)],
  ['explain', (look, text) => renderExplain(filled(explained, text), look)],
  ['history', (look, text) => renderHistory(filled(historyDocument(new Map([['demo', HISTORY]]), [ERROR]), text), look)],
];

for (const [name, render] of RENDERERS) {
  test(`${name}: no outside text steers the terminal`, () => {
    assert.not.match(render(PLAIN, HOSTILE), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u2028-\u202e\u2066]/);
  });

  test(`${name}: without colour there is no escape sequence, with colour there is, and the words are the same`, () => {
    const plain = render(PLAIN, 'words');
    const coloured = render({ ...PLAIN, colour: 'on' }, 'words');
    assert.not.match(plain, /\u001b/);
    assert.match(coloured, /\u001b\[/);
    assert.is(coloured.replace(/\u001b\[\d+m/g, ''), plain);
  });

  test(`${name}: our own part is ASCII`, () => {
    assert.not.match(render(PLAIN, 'words'), /[^\u0000-\u007f]/);
  });
}

for (const columns of [60, 80, 200]) {
  test(`sentences keep within ${columns} columns`, () => {
    const long = 'many words that make a sentence which is longer than a terminal is wide '.repeat(4).trim();
    const document = run({ components: [{ ...HELD, reason: { code: 'held', text: long, remedy: long } }, UPDATED], errors: [{ ...ERROR, text: long, detail: 'x'.repeat(500) }], notes: [long] });
    const lines = renderRun(document, { ...PLAIN, columns }).split('\n');
    const prose = lines.filter((line) => line.startsWith('  ') && !line.includes('->'));
    assert.ok(prose.length > 5);
    assert.equal(prose.filter((line) => line.length > Math.min(columns, 120)), []);
  });
}

test.run();
