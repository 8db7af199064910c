// runtimes: node
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { writeActive } from '../../src/registry/index.ts';
import { must } from '../support/outcome.ts';
import { brief, type EngineWorld, part, worldOf } from './world.ts';

const test = suite('consent');

/** A world in which alpha and beta have an optional release 2, and gamma a forced one; policy wants the user to be asked. */
async function optionalWorld(): Promise<EngineWorld> {
  const world = await worldOf({ alpha: {}, beta: {}, gamma: {} });
  await world.settle();
  world.policy({ consent: { optional: 'ask', maxDeferrals: 2 } });
  await world.publish('alpha', '2.0', { optional: true });
  await world.publish('beta', '2.0', { optional: true });
  await world.publish('gamma', '2.0', { forced: true });
  return world;
}

/** A person at the terminal who gives these answers, one a question; undefined: none. */
function atTerminal(world: EngineWorld, answers: readonly (string | undefined)[]): string[] {
  const questions: string[] = [];
  const ask = async (question: string): Promise<string | undefined> => answers[questions.push(question) - 1];
  world.terminal = { ...world.terminal, stdinIsTerminal: true, stderrIsTerminal: true, ask };
  return questions;
}

type Row = { readonly name: string; readonly answers: readonly (string | undefined)[]; readonly alpha: string; readonly beta: string; readonly asked: number };
const UPDATED = 'updated 1>2 up-to-date';
const ROWS: readonly Row[] = [
  { name: 'yes and no', answers: ['y', 'n'], alpha: UPDATED, beta: 'deferred 1>1 consent-refused', asked: 2 },
  { name: 'yes in full, and later', answers: [' YES ', 'l'], alpha: UPDATED, beta: 'deferred 1>1 consent-deferred', asked: 2 },
  { name: 'an empty line, and a word that is none of the answers, are later', answers: ['', 'yesterday'], alpha: 'deferred 1>1 consent-deferred', beta: 'deferred 1>1 consent-deferred', asked: 2 },
  { name: 'no answer in time is later, and nobody is asked again', answers: [undefined], alpha: 'deferred 1>1 consent-deferred', beta: 'deferred 1>1 consent-needed', asked: 1 },
  { name: 'an answer, then none', answers: ['y', undefined], alpha: UPDATED, beta: 'deferred 1>1 consent-deferred', asked: 2 },
];

for (const { name, answers, alpha, beta, asked } of ROWS) {
  test(`${name}`, async () => {
    const world = await optionalWorld();
    const questions = atTerminal(world, answers);
    const document = await world.run({ input: 'ask' });
    assert.equal([brief(document, 'alpha'), brief(document, 'beta'), brief(document, 'gamma')], [alpha, beta, UPDATED]);
    assert.is(questions.length, asked);
    assert.is(document.code, 0);
  });
}

test('nobody is asked without a terminal and a desktop, with --no-input, or in a dry run', async () => {
  const world = await optionalWorld();
  const questions = atTerminal(world, ['y', 'y']);
  world.desktop.person = { answers: 'yes' };
  assert.is(brief(await world.run({ input: 'no-input' }), 'alpha'), 'deferred 1>1 consent-needed');
  await world.run({ input: 'ask', mode: 'dry-run' });
  world.desktop.person = 'nobody';
  world.terminal = { ...world.terminal, stdinIsTerminal: false };
  assert.is(brief(await world.run({ input: 'ask' }), 'alpha'), 'deferred 1>1 consent-needed');
  assert.equal([questions, world.desktop.asked], [[], []]);
});

test('without a terminal the desktop asks, with what is asked, how often it can be put off, and a restart', async () => {
  const world = await optionalWorld();
  await world.publish('alpha', '3.0', { optional: true, restart: 'reboot', notes: 'https://example.test/notes' });
  world.desktop.person = { answers: 'yes' };
  const document = await world.run({ input: 'ask' });
  assert.equal([brief(document, 'alpha'), brief(document, 'beta')], ['updated 1>3 up-to-date', UPDATED]);
  const [alpha, beta] = world.desktop.asked;
  assert.is(alpha?.title, 'Install ALPHA 3.0?');
  assert.is(alpha?.text, 'An optional update of alpha. It needs a reboot afterwards. It can be put off 2 more times; then it is installed. About it: https://example.test/notes');
  assert.is(beta?.text, 'An optional update of beta. It can be put off 2 more times; then it is installed.');
  assert.equal(alpha?.answers.map((a) => a.id), ['yes', 'later', 'no']);
});

test('a desktop that fails when it is asked is nobody, and nothing is counted', async () => {
  const world = await optionalWorld();
  world.desktop.person = { answers: 'yes' };
  world.desktop.ask = async () => ({ kind: 'nobody' });
  const document = await world.run({ input: 'ask' });
  assert.is(brief(document, 'alpha'), 'deferred 1>1 consent-needed');
  assert.equal(part(document, 'alpha').reason?.deferrals, { count: 0, limit: 2 });
});

test('what else there is to update is updated before anybody is asked', async () => {
  const world = await optionalWorld();
  let seen = '';
  world.desktop.person = { answers: 'later' };
  const { desktop } = world;
  const ask = desktop.ask.bind(desktop);
  desktop.ask = async (...question) => {
    seen = world.content('gamma');
    return ask(...question);
  };
  await world.run({ input: 'ask' });
  assert.is(seen, 'gamma 2.0');
});

/** [who answers how] of the runs one after the other, and what becomes of alpha and of its count */
const RUNS: readonly (readonly [string, 'later' | 'close' | 'nobody' | 'no', string, number | undefined])[] = [
  ['put off', 'later', 'deferred 1>1 consent-deferred', 1],
  ['nobody there: not counted', 'nobody', 'deferred 1>1 consent-needed', 1],
  ['put away: counted as put off', 'close', 'deferred 1>1 consent-deferred', 2],
  ['installed without asking, also where nobody is', 'nobody', 'updated 1>2 install-unasked', 2],
];

test('after maxDeferrals it is installed without asking again, and the result says so; then nothing is left of it', async () => {
  const world = await optionalWorld();
  for (const [what, person, expected, count] of RUNS) {
    world.desktop.person = person === 'nobody' ? person : { answers: person };
    const document = await world.run({ input: 'ask' });
    assert.is(brief(document, 'alpha'), expected, what);
    assert.equal(part(document, 'alpha').reason?.deferrals, { count, limit: 2 }, what);
    assert.is(part(document, 'alpha').reason?.policyKey, expected.includes('needed') ? 'consent.optional' : 'consent.maxDeferrals');
  }
  assert.equal(world.desktop.asked.filter((q) => q.title.includes('ALPHA')).length, 2);
  assert.equal(world.look((s) => must(s.deferrals.list())).map((d) => d.component), ['beta']);
  assert.is(brief(await world.run({ input: 'ask' }), 'alpha'), 'current 2>2 up-to-date');
});

test('a newer release is put off anew', async () => {
  const world = await optionalWorld();
  world.desktop.person = { answers: 'later' };
  await world.run({ input: 'ask' });
  await world.run({ input: 'ask' });
  await world.publish('alpha', '3.0', { optional: true });
  const document = await world.run({ input: 'ask' });
  assert.equal([brief(document, 'alpha'), part(document, 'alpha').reason?.deferrals], ['deferred 1>1 consent-deferred', { count: 1, limit: 2 }]);
  assert.is(brief(document, 'beta'), 'updated 1>2 install-unasked');
});

test('a no holds for its release, is not counted, and --force or a newer release asks again', async () => {
  const world = await optionalWorld();
  world.desktop.person = { answers: 'no' };
  for (let i = 0; i < 4; i++) assert.is(brief(await world.run({ input: 'ask' }), 'alpha'), 'deferred 1>1 consent-refused');
  assert.is(world.desktop.asked.length, 2, 'once for each of the two');
  world.desktop.person = { answers: 'yes' };
  assert.is(brief(await world.run({ input: 'ask' }), 'alpha'), 'deferred 1>1 consent-refused');
  assert.is(brief(await world.run({ input: 'ask', force: 'yes', components: ['alpha'] }), 'alpha'), UPDATED);
  await world.publish('beta', '3.0', { optional: true });
  assert.is(brief(await world.run({ input: 'ask' }), 'beta'), 'updated 1>3 up-to-date');
});

test('none may be put off where maxDeferrals is 0: nobody is asked at all', async () => {
  const world = await optionalWorld();
  world.policy({ consent: { optional: 'ask', maxDeferrals: 0 } });
  world.desktop.person = { answers: 'later' };
  assert.is(brief(await world.run({ input: 'ask' }), 'alpha'), 'updated 1>2 install-unasked');
  assert.equal(world.desktop.asked, []);
});

test('an interruption while somebody is asked counts nothing', async () => {
  const world = await optionalWorld();
  const ending = new AbortController();
  world.desktop.person = { answers: 'later' };
  world.desktop.ask = async () => {
    ending.abort();
    return { kind: 'none' };
  };
  const document = await world.run({ input: 'ask', signal: ending.signal });
  assert.equal([document.code, brief(document, 'gamma'), part(document, 'alpha').reason?.deferrals], [130, UPDATED, { count: 0, limit: 2 }]);
});

test('no outside text steers a terminal or a desktop', async () => {
  const world = await optionalWorld();
  for (const id of ['alpha', 'beta']) {
    world.look(() => must(writeActive(world.ports, world.state, { ...world.registered(id), name: 'Alpha\u202etxt.exe\u2066\u200b' })));
  }
  world.desktop.person = { answers: 'later' };
  await world.run({ input: 'ask' });
  const questions = atTerminal(world, ['l', 'l']);
  await world.run({ input: 'ask' });
  const said = [...world.desktop.asked.map((q) => q.title + q.text), ...questions.map((q) => q.replaceAll('\n', ''))];
  assert.is(said.length, 4);
  for (const text of said) assert.not.match(text, /[\u0000-\u001f\u200b\u202e\u2066]/);
});

test('a state.db that is lost forgets what was put off, and stops nothing', async () => {
  const world = await optionalWorld();
  world.desktop.person = { answers: 'later' };
  await world.run({ input: 'ask' });
  world.bury();
  world.damageDatabase();
  const document = await world.run({ input: 'ask' });
  assert.equal([document.code, brief(document, 'alpha'), part(document, 'alpha').reason?.deferrals], [0, 'deferred 1>1 consent-deferred', { count: 1, limit: 2 }]);
});

test.run();
