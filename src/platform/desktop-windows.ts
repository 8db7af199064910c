import { said } from './desktop-child.ts';
import type { SeatPorts, Seats } from './desktop-seat.ts';

/** How long a message stays, in seconds. */
const SHOWN_SECONDS = 3600;

/**
 * Windows: a message to every session by msg.exe. It cannot ask: a service has no window, so that there the policy answers. Who is logged in
 * is not told apart: a logout counts as a reboot. Written from Microsoft's documentation; it was never run.
 */
export function windowsSeats(ports: SeatPorts): Seats {
  return {
    seats: async () => [
      {
        answers: 'cannot',
        ask: async () => ({ kind: 'nobody' }),
        tell: async ({ title, text }) => ((await said(ports, ['msg.exe', '*', `/TIME:${SHOWN_SECONDS}`, `${title}. ${text}`])) === undefined ? 'nobody' : 'shown'),
      },
    ],
    logins: async () => undefined,
  };
}
