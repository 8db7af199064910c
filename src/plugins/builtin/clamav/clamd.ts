import { type Component, ok, failed, type Outcome, type Ports } from '../../../model/index.ts';
import { wayToClamd } from './way-to-clamd.ts';

const ANSWER_BYTES = 4096;

/** What became of a question to clamd. absent: no engine runs. silent: one seems to run, and does not answer. */
export type NoAnswer = { readonly kind: 'absent' | 'silent'; readonly detail: string };

/** Sends one command in clamd's NUL-terminated form; its answer without the NUL, cut to what can be printed. */
export async function askClamd(
  ports: Pick<Ports, 'sockets' | 'files'>,
  component: Component,
  command: 'RELOAD' | 'VERSION',
  timeoutMs: number,
): Promise<Outcome<string, NoAnswer>> {
  const way = wayToClamd(ports, component);
  if (way.kind === 'none') return failed({ kind: 'absent', detail: way.why });
  const { place, name } = way;
  const seen = typeof place === 'string' ? ports.files.statFollowing(place) : ok();
  if (!seen.ok && seen.failure.kind === 'absent') return failed({ kind: 'absent', detail: `${name} is not there` });
  const answered = await ports.sockets.ask(place, new TextEncoder().encode(`z${command}\0`), { timeoutMs, maxBytes: ANSWER_BYTES });
  if (!answered.ok) return failed({ kind: answered.failure.kind === 'absent' ? 'absent' : 'silent', detail: answered.failure.detail });
  const text = printable(new TextDecoder().decode(answered.value));
  return text === '' ? failed({ kind: 'silent', detail: `it closed ${name} without a word` }) : ok(text);
}

/** What an engine prints goes into logs and results: printable ASCII, one line. */
export const printable = (text: string): string => text.replace(/[^\x20-\x7e]+/g, ' ').trim().slice(0, 200);

/** `1.4.6` of `ClamAV 1.4.6/27500/Wed Jun 23 01:34:05 2021`. */
export const engineOf = (answer: string): string | null => /^ClamAV ([0-9][\w.+~-]*)/.exec(answer)?.[1] ?? null;

/** `27500` of the same; undefined where no daily database is loaded. */
export function loadedVersion(answer: string): number | undefined {
  const digits = /^ClamAV [^/]+\/(\d+)\//.exec(answer)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
