// runtimes: node
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { brief, type EngineWorld, worldOf } from './world.ts';

const test = suite('consent');

/** A person at the terminal who gives these answers, one a question; undefined: none. */
async function someone(answers: readonly (string | undefined)[]): Promise<{ readonly world: EngineWorld; readonly questions: string[] }> {
  const world = await worldOf({ alpha: {}, beta: {}, gamma: {} });
  await world.settle();
  world.policy({ consent: { optional: 'ask' } });
  await world.publish('alpha', '2.0', { optional: true });
  await world.publish('beta', '2.0', { optional: true });
  await world.publish('gamma', '2.0', { forced: true });
  const questions: string[] = [];
  const ask = async (question: string): Promise<string | undefined> => answers[questions.push(question) - 1];
  world.terminal = { ...world.terminal, stdinIsTerminal: true, stderrIsTerminal: true, ask };
  return { world, questions };
}

type Row = { readonly name: string; readonly answers: readonly (string | undefined)[]; readonly alpha: string; readonly beta: string; readonly asked: number };
const ROWS: readonly Row[] = [
  { name: 'yes and no', answers: ['y', 'n'], alpha: 'updated 1>2 up-to-date', beta: 'deferred 1>1 consent-refused', asked: 2 },
  { name: 'yes in full, and something else', answers: [' YES ', 'yesterday'], alpha: 'updated 1>2 up-to-date', beta: 'deferred 1>1 consent-refused', asked: 2 },
  { name: 'an empty line is no', answers: ['', 'y'], alpha: 'deferred 1>1 consent-refused', beta: 'updated 1>2 up-to-date', asked: 2 },
  { name: 'no answer: nobody is there, and nobody is asked again', answers: [undefined], alpha: 'deferred 1>1 consent-needed', beta: 'deferred 1>1 consent-needed', asked: 1 },
  { name: 'an answer, then none', answers: ['y', undefined], alpha: 'updated 1>2 up-to-date', beta: 'deferred 1>1 consent-needed', asked: 2 },
];

for (const { name, answers, alpha, beta, asked } of ROWS) {
  test(`${name}`, async () => {
    const { world, questions } = await someone(answers);
    const document = await world.run({ input: 'ask' });
    assert.equal([brief(document, 'alpha'), brief(document, 'beta'), brief(document, 'gamma')], [alpha, beta, 'updated 1>2 up-to-date']);
    assert.is(questions.length, asked);
    assert.is(document.code, 0);
  });
}

test('nobody is asked without a terminal, with --no-input, or in a dry run', async () => {
  const { world, questions } = await someone(['y', 'y']);
  assert.is(brief(await world.run(), 'alpha'), 'deferred 1>1 consent-needed');
  await world.run({ input: 'ask', mode: 'dry-run' });
  world.terminal = { ...world.terminal, stdinIsTerminal: false };
  assert.is(brief(await world.run({ input: 'ask' }), 'alpha'), 'deferred 1>1 consent-needed');
  assert.equal(questions, []);
});

test.run();
