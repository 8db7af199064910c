import { type Clock, failed, type HttpFailure, type HttpFailureKind, type HttpHead, type HttpSink, ok, type Outcome, type ProxyHop } from '../model/index.ts';
import { causeOf, messageOf } from './causes.ts';
import { HopError, proxyTrouble } from './hop-error.ts';
import type { Wire, WireRequest } from './client.ts';
import { watch } from './watch.ts';

/** One request and its answer, without redirects. */
export type Ask = {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly idleTimeoutMs: number;
  readonly totalTimeoutMs: number | undefined;
  readonly signal: AbortSignal;
  /** the proxy that it goes through in absolute form: it could answer in the server's place */
  readonly reader?: ProxyHop;
};
/** How an exchange ended badly; `error` is what the wire said, where it said something. */
export type Trouble = HttpFailure & { readonly error?: Error };

const IDENTITY: ReadonlySet<string> = new Set(['', 'identity']);
/** a header's value on one line, printable; RFC 9110 5.5 */
const BAD_VALUE = /[\0-\x08\x0a-\x1f\x7f]|[^\0-\xff]/;
const BAD_NAME = /[^!#$%&'*+.^_`|~0-9A-Za-z-]/;

/** Why a header cannot be sent, or undefined: CR and LF would begin another header, NUL ends one for some servers. */
export function headerProblem(name: string, value: string): string | undefined {
  if (name === '' || BAD_NAME.test(name)) return 'its name has a character that no header name may have';
  return BAD_VALUE.test(value) ? 'its value has a control character or one outside Latin-1' : undefined;
}

/** Sends one GET and feeds `sink`. What was received before a failure was received: the sink keeps what it wants. */
export function exchange(wire: Wire, clock: Clock, ask: Ask, sink: HttpSink): Promise<Outcome<HttpHead, Trouble>> {
  const url = ask.url.href;
  const flat: string[] = [];
  for (const [name, value] of Object.entries(ask.headers)) {
    const problem = headerProblem(name, value);
    if (problem !== undefined) return Promise.resolve(failed({ kind: 'protocol', url, detail: `header ${JSON.stringify(name)}: ${problem}` }));
    flat.push(name, value);
  }
  if (ask.signal.aborted) return Promise.resolve(failed({ kind: 'interrupted', url, detail: 'before it began' }));
  return new Promise((resolve) => new Exchange(clock, ask, sink, resolve).send(wire, flat));
}

/** The state of one exchange: it settles once, and whatever comes after is not looked at. */
class Exchange {
  private readonly clock: Clock;
  private readonly ask: Ask;
  private readonly sink: HttpSink;
  private readonly resolve: (end: Outcome<HttpHead, Trouble>) => void;
  private readonly time: ReturnType<typeof watch>;
  private readonly interrupt = (): void => this.giveUp('interrupted', 'interrupted');
  private answer: HttpHead | undefined;
  private request: WireRequest | undefined;
  /** a connection was there and the request was sent */
  private left = false;
  private settled = false;
  /** the wire ended while the sink still held the transfer back */
  private waiting: Promise<void> | undefined;

  constructor(clock: Clock, ask: Ask, sink: HttpSink, resolve: (end: Outcome<HttpHead, Trouble>) => void) {
    this.clock = clock;
    this.ask = ask;
    this.sink = sink;
    this.resolve = resolve;
    const limits = { idleMs: ask.idleTimeoutMs, totalMs: ask.totalTimeoutMs ?? Number.POSITIVE_INFINITY };
    this.time = watch(clock, limits, (why) => this.giveUp(this.left ? 'stalled' : 'connect-timeout', why));
  }

  send(wire: Wire, headers: readonly string[]): void {
    this.ask.signal.addEventListener('abort', this.interrupt, { once: true });
    this.request = wire.get(this.ask.url, headers, {
      start: () => {
        this.left = true;
        this.time.alive();
      },
      head: (status, raw) => this.head(this.headOf(status, raw)),
      data: (bytes) => this.data(bytes),
      end: () => void this.end(),
      error: (error) => void this.error(error),
    });
    // the sink may have had enough before `get` returned
    if (this.settled) this.request.abort();
  }

  private headOf(status: number, headers: HttpHead['headers']): HttpHead {
    const { url, reader } = this.ask;
    return { status, headers, url: url.href, ...(reader === undefined ? {} : { proxy: { address: reader.address, source: reader.source } }) };
  }

  private head(head: HttpHead): void {
    if (this.settled) return;
    this.time.alive();
    this.answer = head;
    const encoding = (head.headers['content-encoding'] ?? '').trim().toLowerCase();
    if (!IDENTITY.has(encoding)) this.giveUp('encoding', `status ${head.status} with Content-Encoding ${JSON.stringify(encoding)}`);
    else if (this.sink.head(head) === 'stop') this.giveUp('stopped', `stopped at status ${head.status}`);
  }

  private data(bytes: Uint8Array): void {
    // a wire that was paused says so with an empty piece: a sink that held it back would do so for ever
    if (this.settled || bytes.length === 0) return;
    this.time.bytes(bytes.length);
    const verdict = this.sink.chunk(bytes);
    if (verdict === 'stop') this.giveUp('stopped', 'stopped while reading');
    else if (verdict !== 'go') this.waiting = this.hold(verdict);
  }

  private async hold(until: Promise<'go' | 'stop'>): Promise<void> {
    this.request?.pause();
    this.time.held();
    const verdict = await until;
    this.waiting = undefined;
    if (this.settled) return;
    if (verdict === 'stop') this.giveUp('stopped', 'stopped while reading');
    this.time.released();
    this.request?.resume();
  }

  private async end(): Promise<void> {
    await this.waiting;
    // the connection can be used again one turn of the event loop later; who asks sooner opens another one
    await this.clock.sleep(0);
    if (this.answer !== undefined) this.settle(ok(this.answer));
  }

  private async error(error: Error): Promise<void> {
    await this.waiting;
    if (error instanceof HopError) return this.settle(failed({ ...proxyTrouble(this.ask.url.href, error.trouble), error }));
    const kind = causeOf(error, this.answer === undefined ? 'asked' : 'begun');
    this.settle(failed({ kind, url: this.ask.url.href, detail: messageOf(error), error }));
  }

  private giveUp(kind: HttpFailureKind, detail: string): void {
    this.settle(failed({ kind, url: this.ask.url.href, detail }));
    this.request?.abort();
  }

  private settle(end: Outcome<HttpHead, Trouble>): void {
    if (this.settled) return;
    this.settled = true;
    this.time.stop();
    this.ask.signal.removeEventListener('abort', this.interrupt);
    this.resolve(end);
  }
}
