import { group, integer, oneOf, orNull, parseShape, type Shape, text } from '../formats/shape.ts';
import { readJson } from '../formats/json.ts';
import type { ProgressEvent, RunOptions } from '../engine/index.ts';
import { type ControlAnswer, type ControlAsk, fail, type Failure, type Io, type LocalHttp, ok, type Outcome, type RunDocument } from '../model/index.ts';
import { RUN_SHAPE } from '../state/index.ts';
import { type CycleAsk, type RegistryAsk, requestOf } from './ask.ts';
import type { RegistryEnding } from './carry-out.ts';
import { ERROR_SHAPE, REGISTRY_ENDING_SHAPE } from './ending-shapes.ts';
import { MAX_QUEUE } from './limits.ts';
import { EventReader, type Heard } from './sse.ts';

/** Who asks the daemon, and how it is told what happens. */
export type Asking<A extends CycleAsk | RegistryAsk> = {
  readonly local: LocalHttp;
  readonly socket: string;
  /** the daemon must work under the same policy, or it is not the one to ask */
  readonly place: Pick<RunOptions, 'policyPath' | 'trustCheck'>;
  readonly ask: A;
  /** aborted: the command is cancelled, and its end is still waited for */
  readonly signal: AbortSignal;
  readonly signalName: () => string;
  readonly progress?: (event: ProgressEvent) => void;
};

/** `nobody`: no daemon listens. `other`: one that works under another policy, or a version that does not know what it is asked. */
export type Asked<D> = { readonly kind: 'done'; readonly document: D } | { readonly kind: 'nobody' | 'other' };

/** What is asked, and the document that it ends with. */
type Listening = Asking<CycleAsk | RegistryAsk>;
type Following<D> = Listening & { readonly result: Shape<D> };

/** A daemon that a service manager starts for us needs a moment. */
const ANSWER_MS = 30_000;
/** Two heartbeats and more. */
const SILENCE_MS = 60_000;
const MAX_BYTES = 64 * 1024 * 1024;

const STATUS = group(
  { schema: oneOf(['glued.status/1']), daemon: group({ pid: integer(1), policy: group({ path: orNull(text()), trustCheck: oneOf(['enforce', 'insecure']) }, 'ignore') }, 'ignore') },
  'ignore',
);
const ACCEPTED = group({ commandId: text() }, 'ignore');
const EVENT = group({ commandId: text() }, 'ignore');
const CANCELLED = group({ why: text() }, 'ignore');
const STAGE = group({ component: text(), stage: text() }, 'ignore');
const BYTES = group({ component: text(), done: integer(0), total: integer(0) }, 'ignore');

/** Has the daemon work on content, and waits for its end. */
export function askForCycle(asking: Asking<CycleAsk>): Promise<Outcome<Asked<RunDocument>, Failure>> {
  return askDaemon({ ...asking, result: RUN_SHAPE });
}

/** Has the daemon change the registry when it is that command's turn, and waits for its end. */
export function askForRegistry(asking: Asking<RegistryAsk>): Promise<Outcome<Asked<RegistryEnding>, Failure>> {
  return askDaemon({ ...asking, result: REGISTRY_ENDING_SHAPE });
}

async function askDaemon<D>(asking: Following<D>): Promise<Outcome<Asked<D>, Failure>> {
  const found = await whoListens(asking);
  if (!found.ok) return found;
  return found.value === 'ours' ? follow(asking) : ok({ kind: found.value });
}

async function whoListens(asking: Listening): Promise<Outcome<'ours' | 'other' | 'nobody', Failure>> {
  const answer = await request(asking, { method: 'GET', target: '/v1/status' });
  // a socket of another user's daemon is as good as none: whether we may do it by ourselves shows then
  if (!answer.ok && (answer.failure.kind === 'absent' || answer.failure.kind === 'denied')) return ok('nobody');
  const status = parsed(answer, 200, STATUS);
  if (!status.ok) return broken(asking, status.failure);
  const { path, trustCheck } = status.value.daemon.policy;
  return ok(path === (asking.place.policyPath ?? null) && trustCheck === asking.place.trustCheck ? 'ours' : 'other');
}

function broken({ socket: path }: Listening, problem: string): Outcome<never, Failure> {
  return fail('daemon-answer', { path, problem });
}

function request({ local, socket }: Listening, ask: Pick<ControlAsk, 'method' | 'target' | 'body'>): Promise<Io<ControlAnswer>> {
  return local.ask({ socket, idleMs: ANSWER_MS, maxBytes: MAX_BYTES, ...ask });
}

function parsed<T>(answer: Io<ControlAnswer>, status: number, shape: Shape<T>): Outcome<T, string> {
  if (!answer.ok) return { ok: false, failure: answer.failure.detail };
  const value = answer.value.status === status ? parse(answer.value.body, shape) : undefined;
  if (value !== undefined) return ok(value);
  const error = parse(answer.value.body, ERROR_SHAPE);
  return { ok: false, failure: error?.text ?? `status ${answer.value.status}, and no document of ours` };
}

function parse<T>(body: string, shape: Shape<T>): T | undefined {
  const json = readJson(new TextEncoder().encode(body), { maxBytes: MAX_BYTES });
  const found = json.ok ? parseShape(shape, json.value.value) : undefined;
  return found !== undefined && 'value' in found ? found.value : undefined;
}

/** Listens first, then asks: nothing of the command's own events is missed. */
async function follow<D>(asking: Following<D>): Promise<Outcome<Asked<D>, Failure>> {
  const listening = new AbortController();
  const course = new Course(asking, () => listening.abort());
  const reader = new EventReader((event) => course.hear(event));
  const stream = asking.local.ask({
    socket: asking.socket,
    method: 'GET',
    target: '/v1/events',
    idleMs: SILENCE_MS,
    maxBytes: MAX_BYTES,
    signal: listening.signal,
    chunk: (piece) => {
      if (!reader.take(piece)) listening.abort();
    },
  });
  const ended = stream.then((end) => course.over(end));
  const cancel = (): void => void course.cancel();
  asking.signal.addEventListener('abort', cancel, { once: true });
  await course.ready;
  const accepted = accept(asking, await request(asking, requestOf(asking.ask)));
  if (!accepted.ok || accepted.value === undefined) {
    listening.abort();
    asking.signal.removeEventListener('abort', cancel);
    return accepted.ok ? ok({ kind: 'other' }) : accepted;
  }
  course.is(accepted.value);
  if (asking.signal.aborted) cancel();
  await ended;
  asking.signal.removeEventListener('abort', cancel);
  return course.result();
}

/** Of an answer that refuses a command: the daemon's version does not know it, or not as it is asked. Nothing was queued. */
const NOT_UNDERSTOOD: ReadonlySet<number> = new Set([400, 404, 413]);

/** The id of the command as it was queued, or undefined where this daemon cannot be asked for it. */
function accept(asking: Listening, answer: Io<ControlAnswer>): Outcome<string | undefined, Failure> {
  const accepted = parsed(answer, 202, ACCEPTED);
  if (accepted.ok) return ok(accepted.value.commandId);
  const error = answer.ok ? parse(answer.value.body, ERROR_SHAPE) : undefined;
  if (answer.ok && error !== undefined && NOT_UNDERSTOOD.has(answer.value.status)) return ok(undefined);
  if (error?.codeName === 'locked') return fail('daemon-queue-full', { length: MAX_QUEUE });
  return error?.codeName === 'daemon-unreachable' ? fail('daemon-stopping', {}) : broken(asking, accepted.failure);
}

type ShownStage = { readonly component: string; readonly stage: string };
type ShownBytes = { readonly component: string; readonly done: number; readonly total: number };

/** One command's way, as far as it was heard of. */
class Course<D> {
  /** the stream of events is open, or will never be */
  readonly ready: Promise<void>;
  private readonly asking: Following<D>;
  private readonly finish: () => void;
  private isReady: () => void = () => undefined;
  private id: string | undefined;
  private early: Heard[] = [];
  private end: Outcome<Asked<D>, Failure> | undefined;

  constructor(asking: Following<D>, finish: () => void) {
    this.asking = asking;
    this.finish = finish;
    this.ready = new Promise((resolve) => (this.isReady = resolve));
  }

  /** Ours is this one: what was heard before is looked through again. */
  is(id: string): void {
    this.id = id;
    for (const event of this.early.splice(0)) this.hear(event);
  }

  hear(event: Heard): void {
    this.isReady();
    if (this.id === undefined) return void this.early.push(event);
    if (this.end !== undefined || parse(event.data, EVENT)?.commandId !== this.id) return;
    switch (event.event) {
      case 'stage':
        return this.show(parse(event.data, STAGE));
      case 'progress':
        return this.show(parse(event.data, BYTES));
      case 'cancelled':
        return this.cancelled(parse(event.data, CANCELLED)?.why ?? '');
      case 'result':
        return this.done(parse(event.data, group({ document: this.asking.result }, 'ignore'))?.document);
      default:
        return undefined;
    }
  }

  private show(event: ShownStage | ShownBytes | undefined): void {
    if (event !== undefined) this.asking.progress?.('stage' in event ? { kind: 'stage', ...event } : { kind: 'bytes', ...event });
  }

  private cancelled(why: string): void {
    const { signal, signalName, socket } = this.asking;
    this.end = signal.aborted ? fail('interrupted', { signal: signalName() }) : fail('daemon-lost', { path: socket, problem: why });
    this.finish();
  }

  private done(document: D | undefined): void {
    this.end = document === undefined ? fail('daemon-answer', { path: this.asking.socket, problem: 'its result is not what was asked for' }) : ok({ kind: 'done', document });
    this.finish();
  }

  async cancel(): Promise<void> {
    if (this.id !== undefined) await request(this.asking, { method: 'POST', target: '/v1/cancel', body: JSON.stringify({ commandId: this.id }) });
  }

  /** The stream ended: in order, where the result was heard. */
  over(end: Io<ControlAnswer>): void {
    this.isReady();
    const problem = end.ok ? (end.value.status === 200 ? 'it ended' : `status ${end.value.status}`) : end.failure.detail;
    this.end ??= fail('daemon-lost', { path: this.asking.socket, problem });
  }

  result(): Outcome<Asked<D>, Failure> {
    return this.end ?? fail('daemon-lost', { path: this.asking.socket, problem: 'it said nothing more' });
  }
}
