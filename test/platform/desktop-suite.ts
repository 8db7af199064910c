import type { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Desktop, Question } from '../../src/model/index.ts';
import type { Person } from '../support/fake-desktop.ts';

/** One desktop under test: what its person does, and how many questions and notices they saw. */
export type DesktopRoom = {
  readonly desktop: Desktop;
  behave(person: Person): void;
  seen(): readonly { readonly title: string; readonly text: string }[];
};

export const QUESTION: Question = {
  title: 'Install Demo 2.0?',
  text: 'An optional update.',
  answers: [
    { id: 'yes', label: 'Install now' },
    { id: 'later', label: 'Later' },
  ],
};
const NEVER = new AbortController().signal;
/** longer than any answer takes, and never waited for */
const PLENTY_MS = 60_000;

/** The contract of the port `Desktop`, for the fake and for real notification services. */
export function desktopSuite(test: ReturnType<typeof suite>, name: string, room: () => DesktopRoom): void {
  test(`${name}: an answer comes back by its id`, async () => {
    const { desktop, behave } = room();
    for (const id of ['later', 'yes']) {
      behave({ answers: id });
      assert.is(await desktop.present(), 'someone');
      assert.equal(await desktop.ask(QUESTION, PLENTY_MS, NEVER), { kind: 'chosen', id });
    }
  });

  test(`${name}: a question that is put away, or left alone until its limit, has no answer`, async () => {
    const { desktop, behave } = room();
    behave({ answers: 'close' });
    assert.equal(await desktop.ask(QUESTION, PLENTY_MS, NEVER), { kind: 'none' });
    behave({ answers: 'none' });
    assert.equal(await desktop.ask(QUESTION, 300, NEVER), { kind: 'none' });
  });

  test(`${name}: an abort ends a question`, async () => {
    const { desktop, behave } = room();
    behave({ answers: 'none' });
    const ending = new AbortController();
    const asked = desktop.ask(QUESTION, PLENTY_MS, ending.signal);
    ending.abort();
    assert.equal(await asked, { kind: 'none' });
  });

  test(`${name}: what is told is shown, also by a desktop that cannot ask`, async () => {
    const { desktop, behave, seen } = room();
    behave('cannot-answer');
    const before = seen().length;
    assert.is(await desktop.present(), 'nobody');
    assert.equal(await desktop.ask(QUESTION, PLENTY_MS, NEVER), { kind: 'nobody' });
    assert.is(await desktop.tell({ title: 'Restart', text: 'Demo 2.0 is installed.' }), 'shown');
    assert.equal(seen().slice(before).map((n) => n.title), ['Restart']);
  });

  test(`${name}: where nobody is, nothing is shown`, async () => {
    const { desktop, behave } = room();
    behave('nobody');
    assert.is(await desktop.present(), 'nobody');
    assert.equal(await desktop.ask(QUESTION, PLENTY_MS, NEVER), { kind: 'nobody' });
    assert.is(await desktop.tell({ title: 'Restart', text: 'x' }), 'nobody');
  });
}
