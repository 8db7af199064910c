import type { Answered, Notice, Question } from '../model/index.ts';
import { said, small, type Way } from './desktop-child.ts';
import type { Seat, SeatPorts } from './desktop-seat.ts';

/** A session's message bus. `as`: what runs a program as its user; empty where that is us. */
export type Bus = { readonly address: string; readonly as: readonly string[] };

/** Desktop Notifications Specification 1.2: the service's name, path and interface. */
const SERVICE = 'org.freedesktop.Notifications';
const OBJECT = '/org/freedesktop/Notifications';

/** The desktop behind a bus, by libnotify's notify-send (0.8 and later can ask); undefined where nothing there shows notifications. */
export async function notifySeat(ports: SeatPorts, bus: Bus): Promise<Seat | undefined> {
  const listed = await call(ports, bus, 'GetCapabilities');
  const program = ports.proc.find(['notify-send']);
  if (listed === undefined || program === undefined) return undefined;
  const stdbuf = ports.proc.find(['stdbuf']);
  // killed at the limit it must have said its notification's id before
  const unbuffered = stdbuf === undefined ? [] : [stdbuf, '-oL'];
  const can = new Set(listed.match(/"[^"]*"/g)?.map((word) => word.slice(1, -1)));
  const show = (notice: Notice, options: readonly string[], way: Way) => {
    const texts = [notice.title, bodyOf(notice.text, can.has('body-markup') ? 'markup' : 'plain')];
    return small(ports, command(bus, [...unbuffered, program, '--app-name=glued', ...options, '--', ...texts]), { ...way, env: environment(bus) });
  };
  return {
    answers: can.has('actions') ? 'can' : 'cannot',
    async tell(notice) {
      const end = await show(notice, [], {});
      return end?.kind === 'exit' && end.exit === 0 ? 'shown' : 'nobody';
    },
    async ask(question, timeoutMs, signal) {
      const actions = question.answers.map(({ id, label }) => `--action=${id}=${label}`);
      const end = await show(question, ['--print-id', `--expire-time=${timeoutMs}`, ...actions], { timeoutMs, signal });
      const [id = '', choice = ''] = (end?.stdout ?? '').split('\n');
      // nobody must be able to answer a question that is over
      if (end !== undefined && end.kind !== 'exit' && /^\d+$/.test(id)) await call(ports, bus, 'CloseNotification', 'u', id);
      if (end === undefined || (end.kind === 'exit' && end.exit !== 0) || end.kind === 'signal' || end.kind === 'memory') return { kind: 'nobody' };
      return answerOf(question, choice.trim());
    },
  };
}

function answerOf({ answers }: Question, choice: string): Answered {
  return answers.some(({ id }) => id === choice) ? { kind: 'chosen', id: choice } : { kind: 'none' };
}

/** notify-send reads C's backslash escapes in a body, and most desktops a little HTML. */
function bodyOf(text: string, as: 'markup' | 'plain'): string {
  const escaped = as === 'plain' ? text : text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return escaped.replaceAll('\\', '\\\\');
}

function call(ports: SeatPorts, bus: Bus, method: string, ...values: readonly string[]): Promise<string | undefined> {
  const argv = ['busctl', `--address=${bus.address}`, 'call', SERVICE, OBJECT, SERVICE, method, ...values];
  return said(ports, command(bus, argv), { env: environment(bus) });
}

const environment = (bus: Bus): Readonly<Record<string, string>> => ({ DBUS_SESSION_BUS_ADDRESS: bus.address });

function command({ as }: Bus, argv: readonly string[]): readonly [string, ...string[]] {
  const [first = '', ...rest] = [...as, ...argv];
  return [first, ...rest];
}
