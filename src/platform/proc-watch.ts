import type { ChildProcess } from 'node:child_process';
import { type ChildEnd, type ChildRequest, failed, ok, type Outcome, type ProcFailure } from '../model/index.ts';
import { milliseconds } from './clock.ts';
import { errorCode, kindOf } from './io.ts';
import { KeptOutput } from './output.ts';
import { Guard } from './proc-guard.ts';

/** how long output is still taken after the child ended: whoever keeps the pipe open is dead by then, or gets no more */
const DRAIN_MS = 250;
/** a process in an uninterruptible wait does not die at once; nobody is kept waiting for it */
const LAST_WAIT_MS = 10_000;

type Ended = { readonly exit: number | null; readonly signal: string | null };

/** Watches one child to its end: limits, output, and the death of everything that it started. */
export function watchChild(child: ChildProcess, request: ChildRequest): Promise<Outcome<ChildEnd, ProcFailure>> {
  return new Promise((resolve) => {
    const watch = new Watch(child, request, resolve);
    watch.start();
  });
}

class Watch {
  private readonly child: ChildProcess;
  private readonly request: ChildRequest;
  private readonly resolve: (end: Outcome<ChildEnd, ProcFailure>) => void;
  private readonly stdout: KeptOutput;
  private readonly stderr: KeptOutput;
  private readonly from = milliseconds();
  private readonly guard: Guard;
  private readonly timers: ReturnType<typeof setTimeout>[] = [];
  private killed: 'timeout' | 'memory' | 'aborted' | undefined;
  private ended: Ended | undefined;
  private settled = false;

  constructor(child: ChildProcess, request: ChildRequest, resolve: (end: Outcome<ChildEnd, ProcFailure>) => void) {
    this.child = child;
    this.request = request;
    this.resolve = resolve;
    this.stdout = new KeptOutput(request.keepBytes);
    this.stderr = new KeptOutput(request.keepBytes);
    this.guard = new Guard(child.pid, request.maxMemoryBytes, () => this.kill('memory'));
  }

  start(): void {
    const { child, request } = this;
    child.on('error', (error) => this.notStarted(error));
    child.on('exit', (exit, signal) => this.hasEnded({ exit, signal }));
    child.on('close', () => this.settle());
    child.stdout?.on('data', (chunk: Uint8Array) => this.stdout.add(chunk));
    child.stderr?.on('data', (chunk: Uint8Array) => this.stderr.add(chunk));
    child.stdout?.on('error', () => undefined);
    child.stderr?.on('error', () => undefined);
    this.timers.push(setTimeout(() => this.kill('timeout'), request.timeoutMs));
    this.guard.watch();
    if (request.signal.aborted) this.kill('aborted');
    else request.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  private readonly onAbort = (): void => this.kill('aborted');

  private kill(why: 'timeout' | 'memory' | 'aborted'): void {
    if (this.ended !== undefined || this.killed !== undefined) return;
    this.killed = why;
    this.guard.killEverything();
    this.timers.push(setTimeout(() => this.hasEnded({ exit: null, signal: 'SIGKILL' }), LAST_WAIT_MS));
  }

  private hasEnded(ended: Ended): void {
    if (this.ended !== undefined) return;
    this.ended = ended;
    this.guard.rest();
    this.guard.killEverything();
    this.timers.push(setTimeout(() => this.settle(), DRAIN_MS));
  }

  private settle(): void {
    if (this.settled) return;
    this.release();
    const { exit, signal } = this.ended ?? { exit: null, signal: null };
    this.resolve(
      ok({
        kind: this.killed ?? (exit === null ? 'signal' : 'exit'),
        exit,
        signal,
        stdout: this.stdout.text(),
        stderr: this.stderr.text(),
        ms: Math.round(milliseconds() - this.from),
        peakBytes: this.guard.peakBytes,
      }),
    );
  }

  private notStarted(error: Error): void {
    const code = errorCode(error);
    if (this.settled || (this.child.pid !== undefined && this.ended === undefined)) return;
    this.release();
    const kind = code === undefined ? 'io' : kindOf(code);
    this.resolve(failed({ kind: kind === 'absent' || kind === 'denied' ? kind : 'io', program: this.request.argv[0], detail: error.message }));
  }

  private release(): void {
    this.settled = true;
    this.guard.rest();
    for (const timer of this.timers) clearTimeout(timer);
    this.request.signal.removeEventListener('abort', this.onAbort);
    this.child.stdout?.destroy();
    this.child.stderr?.destroy();
    // Deno throws where nothing was started
    if (this.child.pid !== undefined) this.child.unref();
  }
}
