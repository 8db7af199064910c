import { failed, type Heard, ok, type Outcome, type Talk, type TalkEnd, unreachable } from '../../model/index.ts';
import type { Field } from './fields.ts';
import { LIMITS } from './limits.ts';
import { type Hello, METHODS, PROTOCOL, type WireError } from './methods.ts';
import { notificationLine, parse, readMessage, requestLine } from './wire.ts';

/**
 * Why a call gave no result. `said-no`: an error of the plug-in's own. `broke`: it cannot be talked to any more and was killed; `why` says
 * whether it broke the protocol, ended, could not be run at all, or went beyond a limit.
 */
export type Trouble =
  | { readonly kind: 'said-no'; readonly error: WireError }
  | { readonly kind: 'broke'; readonly why: 'protocol' | 'ended' | 'not-run' | 'signal' | 'timeout' | 'memory'; readonly problem: string }
  | { readonly kind: 'interrupted' };

/** What a shell ends with where it cannot run a program: not executable (a noexec mount too), or no interpreter. */
const NOT_RUN: readonly (number | null)[] = [126, 127];

/** One running plug-in. Calls are made one after the other; after trouble that is not `said-no`, none is made any more. */
export class Session {
  private readonly talk: Talk;
  private id = 0;
  private over: Trouble | undefined;

  constructor(talk: Talk) {
    this.talk = talk;
  }

  get isOver(): boolean {
    return this.over !== undefined;
  }

  /** The first call. */
  hello(agent: string, timeoutMs: number = METHODS.hello.seconds * 1000): Promise<Outcome<Hello, Trouble>> {
    return this.call('hello', METHODS.hello.result, { protocol: PROTOCOL, agent }, timeoutMs);
  }

  /** Asks, and waits for the answer within the time limit. */
  async call<T>(method: string, result: Field<T>, params: unknown, timeoutMs: number, signal?: AbortSignal): Promise<Outcome<T, Trouble>> {
    const answered = await this.ask(method, params, timeoutMs, signal);
    if (!answered.ok) return answered;
    const parsed = parse(result.shape, answered.value, `answer to ${method}`);
    return parsed.ok ? parsed : this.break('protocol', parsed.failure);
  }

  /** The same, with a result that was not looked at: for the conformance kit, which asks what no host would. */
  async ask(method: string, params: unknown, timeoutMs: number, signal?: AbortSignal): Promise<Outcome<unknown, Trouble>> {
    if (this.over !== undefined) return failed(this.over);
    const id = ++this.id;
    this.talk.say(requestLine(id, method, params));
    return this.answer(id, method, timeoutMs, signal);
  }

  /** Waits for the answer that bears this id; null waits for an error that bears none. */
  async answer(id: number | null, method: string, timeoutMs: number, signal?: AbortSignal): Promise<Outcome<unknown, Trouble>> {
    for (let ignored = 0; ignored <= LIMITS.notifications; ignored++) {
      const heard = await this.talk.hear(timeoutMs, signal);
      if (heard.kind !== 'line') return this.broken(heard, method, timeoutMs);
      const message = readMessage(heard.bytes);
      if (!message.ok) return this.break('protocol', message.failure);
      if (message.value.kind === 'other') continue;
      if (message.value.id !== id) return this.break('protocol', `it sent an answer with the id ${message.value.id} where ${id} was asked (${method})`);
      return message.value.kind === 'result' ? ok(message.value.result) : failed({ kind: 'said-no', error: message.value.error });
    }
    return this.break('protocol', `it sent more than ${LIMITS.notifications} messages that nobody asked for before it answered ${method}`);
  }

  /** Sends what is no request: a notification, or for the conformance kit anything. */
  say(line: string): void {
    this.talk.say(line);
  }

  /** The end of what it wrote to stderr. */
  stderr(): string {
    return this.talk.stderr().trim();
  }

  /** Tells it that it is not needed any more, and sees it dead. */
  end(): Promise<TalkEnd> {
    if (this.over === undefined) this.talk.say(notificationLine('bye'));
    this.over ??= { kind: 'interrupted' };
    return this.talk.end(LIMITS.graceMs);
  }

  private broken(heard: Exclude<Heard, { kind: 'line' }>, method: string, timeoutMs: number): Promise<Outcome<never, Trouble>> {
    switch (heard.kind) {
      case 'ended':
        if (heard.signal !== null) return this.break('signal', `it was killed by ${heard.signal} before it answered ${method}`);
        return this.break(NOT_RUN.includes(heard.exit) && this.id === 1 ? 'not-run' : 'ended', `it ended with exit status ${heard.exit ?? 'unknown'} before it answered ${method}`);
      case 'timeout':
        return this.break('timeout', `it did not answer ${method} within ${timeoutMs / 1000} seconds and was killed`);
      case 'memory':
        return this.break('memory', `it used more memory than it may while it answered ${method}, and was killed`);
      case 'line-too-long':
        return this.break('protocol', `it sent a line of more than ${LIMITS.lineBytes} bytes`);
      case 'too-much':
        return this.break('protocol', `it sent more than ${LIMITS.outputBytes} bytes`);
      case 'aborted':
        return this.stop({ kind: 'interrupted' });
      default:
        return unreachable(heard);
    }
  }

  private break(why: Extract<Trouble, { kind: 'broke' }>['why'], problem: string): Promise<Outcome<never, Trouble>> {
    return this.stop({ kind: 'broke', why, problem });
  }

  private async stop(trouble: Trouble): Promise<Outcome<never, Trouble>> {
    this.over = trouble;
    await this.talk.end(0);
    return failed(trouble);
  }
}
