import { isStuck, type RunOptions, SCHEDULED, type World } from '../engine/index.ts';
import { CODES, type ControlPlace, type DaemonStatus, type ExitCode, fail, type Failure, failureText, type Instant, type LocalHttp, ok, type Outcome, rfc3339, type StatusDocument } from '../model/index.ts';
import { isLaterState, lockDaemon } from '../state/index.ts';
import type { Ask } from './ask.ts';
import { Bell } from './bell.ts';
import { carryOut, type ChangeRegistry, type Ending } from './carry-out.ts';
import { answer } from './control.ts';
import { Events } from './events.ts';
import { programWatch } from './handover.ts';
import { Intake } from './intake.ts';
import { ASK_FOR_NEXT_MS, CONTROL_LIMITS, HEARTBEAT_MS, REST_MS, STOP_MS, TICK_MS } from './limits.ts';
import { ProbationWatch } from './probation-watch.ts';
import { type Command, Queue } from './queue.ts';
import { tellReady } from './ready.ts';
import { controlPlace } from './socket.ts';
import { statusNow } from './status.ts';
import { Wakeups } from './wakeups.ts';

/** What main.ts hands to the daemon. */
export type DaemonWorld = {
  readonly world: World;
  readonly local: LocalHttp;
  readonly changeRegistry: ChangeRegistry;
  /** aborted by SIGINT or SIGTERM */
  readonly signal: AbortSignal;
  readonly signalName: () => string;
  /** from here on SIGHUP calls this, and ends nothing */
  readonly onHangup: (listener: () => void) => void;
  /** puts a program in this process's place and gives why it failed; absent where that cannot be */
  readonly become?: (program: string) => string;
  /** gives back memory that is not needed while nothing is done */
  readonly releaseMemory: () => void;
};

export type DaemonOptions = {
  readonly place: Pick<RunOptions, 'stateDir' | 'policyPath' | 'trustCheck'>;
  readonly socket: string;
  /** ends by itself after so long without any command or request; null: never */
  readonly idleExitMs: number | null;
};

/** Runs until it is told to end, or has had nothing to do for long enough. A second one on the same state is 23. */
export async function daemon(around: DaemonWorld, options: DaemonOptions): Promise<Outcome<ExitCode, Failure>> {
  const { ports } = around.world;
  const lock = lockDaemon(ports, options.place.stateDir, ports.clock.now());
  if (!lock.ok) return lock;
  const ended = await stay(around, options, () => {
    around.world.kept?.close();
    lock.value.release();
  });
  if (!ended.ok) return ended;
  return ok(ended.value.kind === 'replaced' ? handOver(around) : ended.value.code);
}

async function stay(around: DaemonWorld, options: DaemonOptions, over: () => void): Promise<Outcome<Ended, Failure>> {
  try {
    const place = await controlPlace({ ...around.world.ports, local: around.local }, options.socket);
    return place.ok ? await new Daemon(around, options).run(place.value) : place;
  } finally {
    over();
  }
}

/**
 * Becomes the new program, with socket and locks let go of and everything else as it was. Where a service manager keeps the socket it starts
 * the new one by itself (askForNext).
 */
function handOver({ become, world: { ports } }: DaemonWorld): ExitCode {
  const program = ports.os.program().at(-1) ?? '';
  const problem = become?.(program) ?? 'this runtime cannot';
  ports.log.write('error', 'not-handed-over', { program, problem });
  return CODES.internal;
}

/** `replaced`: another program lies where this one was started from, and is to go on in its place. */
type Ended = { readonly kind: 'over'; readonly code: ExitCode } | { readonly kind: 'replaced' };

const REPLACED = 'its program was replaced';
const STUCK = 'a stage hangs that could not be stopped';

class Daemon {
  private readonly around: DaemonWorld;
  private readonly options: DaemonOptions;
  private readonly startedAt: Instant;
  private readonly queue: Queue;
  private readonly events = new Events();
  private readonly bell = new Bell();
  private readonly intake: Intake;
  private readonly wakeups: Wakeups;
  private readonly probation: ProbationWatch;
  /** steady time of the last command or request */
  private busyAt: number;
  private beatAt: number;
  /** something was done since memory was given back */
  private isFresh = true;
  private state: DaemonStatus['state'] = 'idle';
  private readonly isReplaced: () => boolean;

  constructor(around: DaemonWorld, options: DaemonOptions) {
    this.around = around;
    this.options = options;
    const { ports } = around.world;
    this.isReplaced = programWatch(ports);
    this.queue = new Queue(ports);
    this.intake = new Intake({ log: ports.log, signal: around.signal, queue: this.queue, events: this.events, bell: this.bell });
    this.wakeups = new Wakeups(around.world, options.place);
    this.probation = new ProbationWatch(around.world, { ...options.place, signal: around.signal, signalName: around.signalName });
    this.startedAt = ports.clock.now();
    this.busyAt = ports.clock.monotonic();
    this.beatAt = this.busyAt;
  }

  async run(place: ControlPlace): Promise<Outcome<Ended, Failure>> {
    const { log } = this.around.world.ports;
    const closing = new AbortController();
    const listening = await this.around.local.listen({
      place,
      limits: CONTROL_LIMITS,
      handle: (request) => {
        this.busyAt = this.around.world.ports.clock.monotonic();
        return answer({ status: () => this.status(), queue: (ask) => this.intake.ask(ask), cancel: (id) => this.intake.cancel(id), events: this.events }, request);
      },
      signal: closing.signal,
    });
    if (!listening.ok) return fail('daemon-socket', { path: this.options.socket, problem: listening.failure.detail });
    log.write('info', 'daemon-started', { version: this.around.world.agentVersion, pid: this.around.world.ports.os.pid, socket: place.kind === 'path' ? place.path : `descriptor ${place.descriptor}` });
    await tellReady(this.around.world.ports);
    this.around.onHangup(() => {
      this.wakeups.forget();
      this.bell.ring();
    });
    this.around.signal.addEventListener('abort', this.bell.ring, { once: true });
    // the socket's end is a bug of ours: it is told by who waits for it
    const why = await Promise.race([this.loop(place), listening.value.closed.then(() => 'socket-closed')]);
    log.write('info', 'daemon-ended', { why });
    this.events.end();
    closing.abort();
    await listening.value.closed;
    if (why === REPLACED && place.kind === 'path') return ok({ kind: 'replaced' });
    if (why === REPLACED) await this.askForNext();
    return ok({ kind: 'over', code: why === STUCK ? CODES.internal : CODES.ok });
  }

  /**
   * One more request, which nobody here takes: it waits at the service manager's socket, and so the new program is started for it as soon as this
   * process has ended.
   */
  private async askForNext(): Promise<void> {
    await this.around.local.ask({ socket: this.options.socket, method: 'GET', target: '/v1/status', idleMs: ASK_FOR_NEXT_MS, maxBytes: 64 * 1024 });
  }

  /** Command after command, then sleep until there is one. Gives why it ended. */
  private async loop(place: ControlPlace): Promise<string> {
    for (;;) {
      if (this.around.signal.aborted) return this.around.signalName();
      const command = this.queue.take() ?? (await this.scheduled());
      if (command !== undefined) {
        const isOver = await this.carryOut(command);
        if (!isOver) return `${this.around.signalName()}, in the middle of a run`;
        // a service manager starts a new one, which recovers what hangs here
        if (isStuck()) return STUCK;
        if (this.isToHandOver(place)) return REPLACED;
      } else {
        await this.watchProbation();
        if (this.isIdle()) return 'idle';
        await this.sleep();
      }
    }
  }

  /**
   * Is the new program to go on? Between two commands, once none waits: then no command is lost. Sooner only where it keeps its state in a form
   * that this one would set aside.
   */
  private isToHandOver(place: ControlPlace): boolean {
    const { become, world } = this.around;
    const isStartedAgain = become !== undefined || place.kind !== 'path';
    if (!isStartedAgain || !this.isReplaced()) return false;
    if (this.queue.length === 0) return true;
    if (!isLaterState(world.ports, this.options.place.stateDir)) return false;
    this.intake.cancelAll('glued was updated, and the daemon starts again; ask once more');
    return true;
  }

  /** The run that is due by schedule, now running. */
  private async scheduled(): Promise<Command | undefined> {
    if (!(await this.wakeups.isDue())) return undefined;
    const all: Ask = { kind: 'run', contentTypes: [], components: [], force: 'no', mode: 'run' };
    this.queue.add(all, SCHEDULED);
    this.wakeups.runs();
    return this.queue.take();
  }

  /** A look at what is on probation, where one is due. */
  private async watchProbation(): Promise<void> {
    const document = await this.probation.look();
    if (document === null) return;
    this.isFresh = true;
    this.around.world.ports.log.write('warn', 'probation-failed', { runId: document.runId, code: document.code });
  }

  /** Does one command to its end; `false` where the daemon must end before it. */
  private async carryOut(command: Command): Promise<boolean> {
    const { clock, log } = this.around.world.ports;
    const { id, ask, trigger } = command;
    this.state = 'running';
    log.write('info', 'command-started', { id, kind: ask.kind, trigger });
    this.events.tell('started', { commandId: id, kind: ask.kind, trigger });
    const { world, changeRegistry } = this.around;
    const means = { world, changeRegistry, events: this.events, place: this.options.place, stoppedBy: () => this.stoppedBy() };
    const stop = (): void => this.stop();
    this.around.signal.addEventListener('abort', stop, { once: true });
    if (this.around.signal.aborted) stop();
    const ending = await Promise.race([carryOut(means, command), this.tooLate()]);
    this.around.signal.removeEventListener('abort', stop);
    this.busyAt = clock.monotonic();
    if (ending === undefined) {
      log.write('error', 'stopped-in-the-middle', { id, kind: ask.kind });
      return false;
    }
    this.finish(command, ending);
    return true;
  }

  private finish({ id, ask, trigger }: Command, ending: Ending): void {
    this.queue.done();
    this.isFresh = true;
    this.state = 'idle';
    if (ending.kind === 'cycle') this.wakeups.ran(ending.document);
    else this.wakeups.changed();
    this.probation.ran();
    const { code, document } = ending;
    const run = ending.kind === 'cycle' ? { runId: ending.document.runId, outcome: ending.document.outcome } : {};
    this.around.world.ports.log.write(code === CODES.ok ? 'info' : 'warn', 'command-ended', { id, kind: ask.kind, trigger, ...run, code });
    this.events.tell('result', { commandId: id, code, document });
  }

  /** Kept where the signal came and the run in hand does not come to its end. */
  private tooLate(): Promise<undefined> {
    const { signal, world } = this.around;
    return new Promise((resolve) => {
      const late = (): void => void world.ports.clock.sleep(STOP_MS).then(() => resolve(undefined));
      if (signal.aborted) late();
      else signal.addEventListener('abort', late, { once: true });
    });
  }

  private stop(): void {
    this.state = 'stopping';
    this.intake.cancelAll('the daemon ends');
  }

  private stoppedBy(): string {
    return this.around.signal.aborted ? this.around.signalName() : 'a request to cancel it';
  }

  private isIdle(): boolean {
    const { idleExitMs } = this.options;
    return idleExitMs !== null && !this.probation.isWaiting() && this.around.world.ports.clock.monotonic() - this.busyAt >= idleExitMs;
  }

  private async sleep(): Promise<void> {
    const { clock } = this.around.world.ports;
    const { idleExitMs } = this.options;
    const untilIdle = idleExitMs === null || this.probation.isWaiting() ? TICK_MS : this.busyAt + idleExitMs - clock.monotonic();
    await this.bell.wait(clock, Math.max(1, Math.min(TICK_MS, untilIdle, this.wakeups.untilDue(), this.probation.untilDue())));
    if (this.isFresh && clock.monotonic() - this.busyAt >= REST_MS) {
      this.isFresh = false;
      this.around.releaseMemory();
    }
    if (clock.monotonic() - this.beatAt < HEARTBEAT_MS) return;
    this.beatAt = clock.monotonic();
    this.events.heartbeat();
  }

  private status(): StatusDocument {
    const { ports, agentVersion } = this.around.world;
    const { stateDir, policyPath, trustCheck } = this.options.place;
    const { problem, next } = this.wakeups.shown();
    return statusNow(ports, stateDir, {
      pid: ports.os.pid,
      version: agentVersion,
      startedAt: rfc3339(this.startedAt),
      state: this.around.signal.aborted ? 'stopping' : this.state,
      ...this.queue.shown(),
      next,
      policy: { path: policyPath ?? null, trustCheck, problem: problem === null ? null : failureText(problem) },
    });
  }
}
