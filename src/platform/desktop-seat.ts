import type { Answered, Desktop, Notice, Ports, Question } from '../model/index.ts';

/** One person's desktop. `nobody`: it could not show it. */
export interface Seat {
  readonly answers: 'can' | 'cannot';
  ask(question: Question, timeoutMs: number, signal: AbortSignal): Promise<Answered>;
  tell(notice: Notice): Promise<'shown' | 'nobody'>;
}

/** What an operating system knows of the people who are logged in. */
export type Seats = { readonly seats: () => Promise<readonly Seat[]>; readonly logins: Desktop['logins'] };

export type SeatPorts = Pick<Ports, 'os' | 'proc'>;
