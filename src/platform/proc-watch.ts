import type { ChildProcess } from 'node:child_process';
import { type ChildEnd, type ChildRequest, failed, ok, type Outcome, type ProcFailure } from '../model/index.ts';
import { milliseconds } from './clock.ts';
import { errorCode, kindOf } from './io.ts';
import { KeptOutput } from './output.ts';
import { descendants, groupMembers, killAll } from './proc-group.ts';

const POLL_MS = 50;
/** every so many polls, orphans of the group are looked for in all of /proc */
const DEEP_EVERY = 20;
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
  private readonly others = new Set<number>();
  private readonly timers: ReturnType<typeof setTimeout>[] = [];
  private poll: ReturnType<typeof setInterval> | undefined;
  private polls = 0;
  private peakBytes = 0;
  private killed: 'timeout' | 'memory' | 'aborted' | undefined;
  private ended: Ended | undefined;
  private settled = false;

  constructor(child: ChildProcess, request: ChildRequest, resolve: (end: Outcome<ChildEnd, ProcFailure>) => void) {
    this.child = child;
    this.request = request;
    this.resolve = resolve;
    this.stdout = new KeptOutput(request.keepBytes);
    this.stderr = new KeptOutput(request.keepBytes);
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
    this.poll = setInterval(() => this.look(), POLL_MS);
    this.look();
    if (request.signal.aborted) this.kill('aborted');
    else request.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  private readonly onAbort = (): void => this.kill('aborted');

  private look(): void {
    const pid = this.child.pid;
    if (pid === undefined) return;
    const tree = descendants(pid);
    for (const member of tree) if (member.pid !== pid) this.others.add(member.pid);
    const orphans = ++this.polls % DEEP_EVERY === 0 ? groupMembers(pid) : [];
    const all = new Map([...orphans, ...tree].map((m) => [m.pid, m.rssBytes]));
    const rss = [...all.values()].reduce((sum, bytes) => sum + bytes, 0);
    this.peakBytes = Math.max(this.peakBytes, rss);
    if (rss > this.request.maxMemoryBytes) this.kill('memory');
  }

  private kill(why: 'timeout' | 'memory' | 'aborted'): void {
    if (this.ended !== undefined || this.killed !== undefined) return;
    this.killed = why;
    this.killEverything();
    this.timers.push(setTimeout(() => this.hasEnded({ exit: null, signal: 'SIGKILL' }), LAST_WAIT_MS));
  }

  private killEverything(): void {
    if (this.child.pid !== undefined) killAll(this.child.pid, this.others);
  }

  private hasEnded(ended: Ended): void {
    if (this.ended !== undefined) return;
    this.ended = ended;
    clearInterval(this.poll);
    this.killEverything();
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
        peakBytes: this.peakBytes,
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
    clearInterval(this.poll);
    for (const timer of this.timers) clearTimeout(timer);
    this.request.signal.removeEventListener('abort', this.onAbort);
    this.child.stdout?.destroy();
    this.child.stderr?.destroy();
    this.child.unref();
  }
}
