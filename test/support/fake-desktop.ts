import type { Answered, Desktop, Notice, Question } from '../../src/model/index.ts';

/** How the person at a desktop behaves: the id of an answer, puts it away, leaves it alone, is not there, or has a desktop that cannot ask. */
export type Person = { readonly answers: string | 'close' | 'none' } | 'nobody' | 'cannot-answer';

/** A desktop without a screen: it answers as the person would and keeps what was shown. Time limits pass at once. */
export class FakeDesktop implements Desktop {
  person: Person = 'nobody';
  /** login sessions; undefined: not known */
  sessions: readonly string[] | undefined = undefined;
  readonly asked: Question[] = [];
  readonly told: Notice[] = [];

  present(): Promise<'someone' | 'nobody'> {
    return Promise.resolve(typeof this.person === 'object' ? 'someone' : 'nobody');
  }

  ask(question: Question, _timeoutMs: number, signal: AbortSignal): Promise<Answered> {
    if (typeof this.person !== 'object') return Promise.resolve({ kind: 'nobody' });
    this.asked.push(question);
    const { answers } = this.person;
    const isChoice = question.answers.some(({ id }) => id === answers);
    return Promise.resolve(isChoice && !signal.aborted ? { kind: 'chosen', id: answers } : { kind: 'none' });
  }

  tell(notice: Notice): Promise<'shown' | 'nobody'> {
    if (this.person === 'nobody') return Promise.resolve('nobody');
    this.told.push(notice);
    return Promise.resolve('shown');
  }

  logins(): Promise<readonly string[] | undefined> {
    return Promise.resolve(this.sessions);
  }
}
