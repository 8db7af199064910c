import type { Answered, Desktop, Question } from '../model/index.ts';
import { linuxSeats } from './desktop-linux.ts';
import { macSeats } from './desktop-mac.ts';
import type { Seat, SeatPorts, Seats } from './desktop-seat.ts';
import { windowsSeats } from './desktop-windows.ts';

/** The desktops of this machine. Nothing is asked of the system before it is called. */
export function createDesktop(ports: SeatPorts): Desktop {
  return desktopOf(seatsOf(ports));
}

function seatsOf(ports: SeatPorts): Seats {
  switch (ports.os.platform) {
    case 'linux':
      return linuxSeats(ports);
    case 'darwin':
      return macSeats(ports);
    case 'win32':
      return windowsSeats(ports);
    case 'other':
      return { seats: async () => [], logins: async () => undefined };
  }
}

/** Several desktops as one: all are asked at once, and the first answer takes the question from the others. */
export function desktopOf({ seats, logins }: Seats): Desktop {
  return {
    logins,
    present: async () => ((await seats()).some((s) => s.answers === 'can') ? 'someone' : 'nobody'),
    ask: async (question, timeoutMs, signal) => askAll((await seats()).filter((s) => s.answers === 'can'), question, timeoutMs, signal),
    async tell(notice) {
      const told = await Promise.all((await seats()).map((s) => s.tell(notice)));
      return told.includes('shown') ? 'shown' : 'nobody';
    },
  };
}

async function askAll(seats: readonly Seat[], question: Question, timeoutMs: number, signal: AbortSignal): Promise<Answered> {
  const answered = new AbortController();
  const either = AbortSignal.any([signal, answered.signal]);
  const answers = await Promise.all(
    seats.map(async (seat) => {
      const answer = await seat.ask(question, timeoutMs, either);
      if (answer.kind === 'chosen') answered.abort();
      return answer;
    }),
  );
  return answers.find((a) => a.kind === 'chosen') ?? answers.find((a) => a.kind === 'none') ?? { kind: 'nobody' };
}
