import { readJson } from '../../formats/json.ts';
import { group as groupOf, integer, optional, parseShape, pathText, type Shape, text } from '../../formats/shape.ts';
import { failed, ok, type Outcome } from '../../model/index.ts';
import { LIMITS } from './limits.ts';
import { ERROR, type WireError } from './methods.ts';

/** One line of a plug-in, understood. `other`: a message that is no answer; it is ignored. */
export type Message =
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: number | null; readonly error: WireError }
  | { readonly kind: 'other' };

const anything: Shape<unknown> = (value) => value ?? null;
const idOrNull: Shape<number | null> = (value, path, problems) => (value === null ? null : integer(1)(value, path, problems));
const HEAD = groupOf({ jsonrpc: text({ match: /^2\.0$/, allowed: '"2.0"' }), method: optional(anything) }, 'ignore');
const RESULT = groupOf({ id: integer(1), result: anything }, 'ignore');
const FAILED = groupOf({ id: idOrNull, error: ERROR.shape }, 'ignore');

/** A request, on one line: compact, its keys in the order of the protocol. */
export function requestLine(id: number, method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}

/** A notification: nothing answers it. */
export function notificationLine(method: string): string {
  return JSON.stringify({ jsonrpc: '2.0', method });
}

/** Bytes of one line to a message, or a phrase that says what is wrong with it. */
export function readMessage(bytes: Uint8Array): Outcome<Message, string> {
  const read = readJson(bytes, { maxBytes: LIMITS.lineBytes, maxDepth: LIMITS.depth });
  if (!read.ok) {
    const [first] = read.failure;
    const shown = JSON.stringify(new TextDecoder().decode(bytes.subarray(0, 60)));
    return failed(`it sent a line that is no JSON message: ${shown} (found ${first?.found ?? 'nothing'}, allowed ${first?.allowed ?? 'JSON'})`);
  }
  const { value } = read.value;
  const head = parse(HEAD, value);
  if (!head.ok) return head;
  if (head.value.method !== undefined) return ok({ kind: 'other' });
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  if (keys.includes('result') === keys.includes('error')) return failed('it sent an answer that has not exactly one of result and error');
  if (keys.includes('error')) {
    const error = parse(FAILED, value);
    return error.ok ? ok({ kind: 'error', ...error.value }) : error;
  }
  const result = parse(RESULT, value);
  return result.ok ? ok({ kind: 'result', ...result.value }) : result;
}

/** A value as a shape has it, or the first problem as a phrase. */
export function parse<T>(shape: Shape<T>, value: unknown, what = 'message'): Outcome<T, string> {
  const parsed = parseShape(shape, value);
  if ('value' in parsed) return ok(parsed.value);
  const [first] = parsed.problems;
  return failed(`its ${what} is wrong at ${pathText(first?.path ?? [])}: found ${first?.found ?? 'nothing'}; allowed: ${first?.allowed ?? 'another'}`);
}
