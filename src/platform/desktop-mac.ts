import type { Question } from '../model/index.ts';
import { said, whoLogins } from './desktop-child.ts';
import type { Seat, SeatPorts, Seats } from './desktop-seat.ts';

/** The texts are the script's arguments, never part of it. */
const ASK = ['on run {theTitle, theText, theLimit, a, b, c}', 'display dialog theText with title theTitle buttons {c, b, a} default button b giving up after (theLimit as integer)', 'end run'];
const TELL = ['on run {theTitle, theText}', 'display notification theText with title theTitle', 'end run'];
/** The first user id that a person has. */
const FIRST_PERSON = 500;

/** macOS: the person at the console, by AppleScript in their own session. Written from Apple's documentation; it was never run. */
export function macSeats(ports: SeatPorts): Seats {
  return {
    async seats() {
      const uid = Number((await said(ports, ['/usr/bin/stat', '-f', '%u', '/dev/console']))?.trim());
      return Number.isSafeInteger(uid) && uid >= FIRST_PERSON ? [consoleSeat(ports, uid)] : [];
    },
    logins: () => whoLogins(ports),
  };
}

function consoleSeat(ports: SeatPorts, uid: number): Seat {
  const as = ports.os.uid === 0 ? ['/bin/launchctl', 'asuser', String(uid), '/usr/bin/sudo', '-u', `#${uid}`] : [];
  const script = (lines: readonly string[], values: readonly string[], way: Parameters<typeof said>[2] = {}) => {
    const [first = '', ...rest] = [...as, '/usr/bin/osascript', ...lines.flatMap((line) => ['-e', line]), ...values];
    return said(ports, [first, ...rest], way);
  };
  return {
    answers: 'can',
    tell: async ({ title, text }) => ((await script(TELL, [title, text])) === undefined ? 'nobody' : 'shown'),
    async ask({ title, text, answers }: Question, timeoutMs, signal) {
      const seconds = Math.ceil(timeoutMs / 1000);
      const labels = answers.map(({ label }) => label);
      const said = await script(ASK, [title, text, String(seconds), ...labels], { timeoutMs: timeoutMs + 10_000, signal });
      if (said === undefined) return { kind: 'nobody' };
      const chosen = answers.find(({ label }) => said.includes(`button returned:${label},`));
      return chosen === undefined ? { kind: 'none' } : { kind: 'chosen', id: chosen.id };
    },
  };
}
