import { group, integer, oneOf, parseShape, type Shape, text } from '../formats/shape.ts';
import { readJson } from '../formats/json.ts';
import type { ProgressEvent, RunOptions } from '../engine/index.ts';
import { type ControlAnswer, type ControlAsk, fail, type Failure, type Io, type LocalHttp, ok, type Outcome, type RunDocument } from '../model/index.ts';
import { RUN_SHAPE } from '../state/index.ts';
import type { Ask } from './ask.ts';
import { EventReader, type Heard } from './sse.ts';

/** Who asks the daemon, and how it is told what happens. */
export type Asking = {
  readonly local: LocalHttp;
  readonly socket: string;
  /** the daemon must work under the same policy, or it is not the one to ask */
  readonly place: Pick<RunOptions, 'policyPath' | 'trustCheck'>;
  readonly ask: Ask;
  /** aborted: the command is cancelled, and its end is still waited for */
  readonly signal: AbortSignal;
  readonly signalName: () => string;
  readonly progress?: (event: ProgressEvent) => void;
};

/** `nobody`: no daemon listens. `other`: one that works under another policy. */
export type Asked = { readonly kind: 'done'; readonly document: RunDocument } | { readonly kind: 'nobody' | 'other' };

/** A daemon that a service manager starts for us needs a moment. */
const ANSWER_MS = 30_000;
/** Two heartbeats and more. */
const SILENCE_MS = 60_000;
const MAX_BYTES = 64 * 1024 * 1024;

const orNull = <T>(shape: Shape<T>): Shape<T | null> => (value, path, problems) => (value === null ? null : shape(value, path, problems));
const STATUS = group(
  { schema: oneOf(['glued.status/1']), daemon: group({ pid: integer(1), policy: group({ path: orNull(text()), trustCheck: oneOf(['enforce', 'insecure']) }, 'ignore') }, 'ignore') },
  'ignore',
);
const ACCEPTED = group({ commandId: text() }, 'ignore');
const ERROR = group({ schema: oneOf(['glued.error/1']), text: text({ max: 100_000 }) }, 'ignore');
const EVENT = group({ commandId: text() }, 'ignore');
const CANCELLED = group({ why: text() }, 'ignore');
const RESULT = group({ document: RUN_SHAPE }, 'ignore');
const STAGE = group({ component: text(), stage: text() }, 'ignore');
const BYTES = group({ component: text(), done: integer(0), total: integer(0) }, 'ignore');

/** Has the daemon do something, and waits for its end. */
export async function askDaemon(asking: Asking): Promise<Outcome<Asked, Failure>> {
  const found = await whoListens(asking);
  if (!found.ok) return found;
  return found.value === 'ours' ? follow(asking) : ok({ kind: found.value });
}

async function whoListens(asking: Asking): Promise<Outcome<'ours' | 'other' | 'nobody', Failure>> {
  const answer = await request(asking, { method: 'GET', target: '/v1/status' });
  // a socket of another user's daemon is as good as none: whether we may do it by ourselves shows then
  if (!answer.ok && (answer.failure.kind === 'absent' || answer.failure.kind === 'denied')) return ok('nobody');
  const status = parsed(answer, 200, STATUS);
  if (!status.ok) return broken(asking, status.failure);
  const { path, trustCheck } = status.value.daemon.policy;
  return ok(path === (asking.place.policyPath ?? null) && trustCheck === asking.place.trustCheck ? 'ours' : 'other');
}

function broken({ socket: path }: Asking, problem: string): Outcome<never, Failure> {
  return fail('daemon-answer', { path, problem });
}

function request({ local, socket }: Asking, ask: Pick<ControlAsk, 'method' | 'target' | 'body'>): Promise<Io<ControlAnswer>> {
  return local.ask({ socket, idleMs: ANSWER_MS, maxBytes: MAX_BYTES, ...ask });
}

function parsed<T>(answer: Io<ControlAnswer>, status: number, shape: Shape<T>): Outcome<T, string> {
  if (!answer.ok) return { ok: false, failure: answer.failure.detail };
  const value = answer.value.status === status ? parse(answer.value.body, shape) : undefined;
  if (value !== undefined) return ok(value);
  const error = parse(answer.value.body, ERROR);
  return { ok: false, failure: error?.text ?? `status ${answer.value.status}, and no document of ours` };
}

function parse<T>(body: string, shape: Shape<T>): T | undefined {
  const json = readJson(new TextEncoder().encode(body), { maxBytes: MAX_BYTES });
  const found = json.ok ? parseShape(shape, json.value.value) : undefined;
  return found !== undefined && 'value' in found ? found.value : undefined;
}

/** Listens first, then asks: nothing of the command's own events is missed. */
async function follow(asking: Asking): Promise<Outcome<Asked, Failure>> {
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
  const accepted = parsed(await request(asking, postOf(asking.ask)), 202, ACCEPTED);
  if (!accepted.ok) {
    listening.abort();
    return broken(asking, accepted.failure);
  }
  course.is(accepted.value.commandId);
  if (asking.signal.aborted) cancel();
  await ended;
  asking.signal.removeEventListener('abort', cancel);
  return course.result();
}

function postOf(ask: Ask): Pick<ControlAsk, 'method' | 'target' | 'body'> {
  switch (ask.kind) {
    case 'run': {
      const body = { content: ask.contentTypes, components: ask.components, force: ask.force === 'yes', dryRun: ask.mode === 'dry-run' };
      return { method: 'POST', target: '/v1/run', body: JSON.stringify(body) };
    }
    case 'rollback':
      return { method: 'POST', target: '/v1/rollback', body: JSON.stringify({ component: ask.component }) };
  }
}

type ShownStage = { readonly component: string; readonly stage: string };
type ShownBytes = { readonly component: string; readonly done: number; readonly total: number };

/** One command's way, as far as it was heard of. */
class Course {
  /** the stream of events is open, or will never be */
  readonly ready: Promise<void>;
  private readonly asking: Asking;
  private readonly finish: () => void;
  private isReady: () => void = () => undefined;
  private id: string | undefined;
  private early: Heard[] = [];
  private end: Outcome<Asked, Failure> | undefined;

  constructor(asking: Asking, finish: () => void) {
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
        return this.done(parse(event.data, RESULT)?.document);
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

  private done(document: RunDocument | undefined): void {
    this.end = document === undefined ? fail('daemon-answer', { path: this.asking.socket, problem: 'its result is no glued.run/1' }) : ok({ kind: 'done', document });
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

  result(): Outcome<Asked, Failure> {
    return this.end ?? fail('daemon-lost', { path: this.asking.socket, problem: 'it said nothing more' });
  }
}
