import type { ChildProcess } from 'node:child_process';
import { failed, type Heard, ok, type Outcome, type ProcFailure, type Talk, type TalkEnd, type TalkRequest, unreachable } from '../model/index.ts';
import { milliseconds } from './clock.ts';
import { errorCode, kindOf } from './io.ts';
import { Guard } from './proc-guard.ts';
import { terminate } from './proc-group.ts';

const NEWLINE = 0x0a;
/** how long output is still taken after the child ended: whoever keeps the pipe open is dead by then, or gets no more */
const DRAIN_MS = 250;
/** between SIGTERM and SIGKILL */
const TERM_MS = 1000;
/** a process in an uninterruptible wait does not die at once; nobody is kept waiting for it */
const LAST_WAIT_MS = 10_000;

type Ended = Extract<Heard, { kind: 'ended' }>;

/** A child that was just started, once it really runs. */
export function startTalk(child: ChildProcess, request: TalkRequest): Promise<Outcome<Talk, ProcFailure>> {
  const talk = new ChildTalk(child, request);
  return new Promise((resolve) => {
    child.once('spawn', () => resolve(ok(talk)));
    child.once('error', (error) => {
      const kind = kindOf(errorCode(error) ?? 'EIO');
      resolve(failed({ kind: kind === 'absent' || kind === 'denied' ? kind : 'io', program: request.argv[0], detail: error.message }));
    });
  });
}

class ChildTalk implements Talk {
  private readonly child: ChildProcess;
  private readonly request: TalkRequest;
  private readonly guard: Guard;
  private readonly lines: Uint8Array[] = [];
  private part: Uint8Array[] = [];
  private partLength = 0;
  private total = 0;
  private tail: Uint8Array = new Uint8Array(0);
  private errTotal = 0;
  private broken: 'memory' | 'line-too-long' | 'too-much' | undefined;
  private exited: Ended | undefined;
  /** its stdout has ended */
  private closed = false;
  private ending: Promise<TalkEnd> | undefined;
  /** called, once, when something changes */
  private readonly waiting = new Set<() => void>();

  constructor(child: ChildProcess, request: TalkRequest) {
    this.child = child;
    this.request = request;
    this.guard = new Guard(child.pid, request.maxMemoryBytes, () => this.stop('memory'));
    // an error of a stream is the other side's end, which is heard of by itself
    for (const stream of child.stdio) stream?.on('error', () => undefined);
    child.on('error', () => undefined);
    child.stdout?.on('data', (chunk: Uint8Array) => this.take(chunk));
    child.stderr?.on('data', (chunk: Uint8Array) => this.keep(chunk));
    child.on('exit', (exit, signal) => void this.hasExited({ kind: 'ended', exit, signal }));
    // of this stream only: the pipe that binds it to us stays open as long as we like
    child.stdout?.on('close', () => {
      this.closed = true;
      this.wake();
    });
  }

  say(line: string): void {
    if (this.exited === undefined && this.child.stdin?.writable === true) this.child.stdin.write(`${line}\n`);
  }

  async hear(timeoutMs: number, signal?: AbortSignal): Promise<Heard> {
    const until = milliseconds() + timeoutMs;
    this.guard.watch();
    try {
      for (;;) {
        const line = this.lines.shift();
        if (line !== undefined) {
          // what it wrote to stderr before this line is there to be read, but perhaps not read yet
          await new Promise((resolve) => setImmediate(resolve));
          return { kind: 'line', bytes: line };
        }
        if (this.broken !== undefined) return { kind: this.broken };
        if (this.exited !== undefined) return this.exited;
        if (signal?.aborted === true) return { kind: 'aborted' };
        const left = until - milliseconds();
        if (left <= 0) return { kind: 'timeout' };
        await this.something(left, signal);
      }
    } finally {
      this.guard.rest();
    }
  }

  stderr(): string {
    return new TextDecoder().decode(this.tail);
  }

  stderrBytes(): number {
    return this.errTotal;
  }

  end(graceMs: number): Promise<TalkEnd> {
    return (this.ending ??= this.finish(graceMs));
  }

  private async finish(graceMs: number): Promise<TalkEnd> {
    const from = milliseconds();
    let by: TalkEnd['by'] = 'itself';
    this.child.stdin?.end();
    for (const step of graceMs > 0 ? (['wait', 'terminate', 'kill'] as const) : (['kill'] as const)) {
      if (this.exited !== undefined) break;
      switch (step) {
        case 'wait':
          await this.untilExit(graceMs);
          break;
        case 'terminate':
          by = 'SIGTERM';
          if (this.child.pid !== undefined) terminate(this.child.pid);
          await this.untilExit(TERM_MS);
          break;
        case 'kill':
          by = 'SIGKILL';
          this.guard.killEverything();
          await this.untilExit(LAST_WAIT_MS);
          break;
        default:
          unreachable(step);
      }
    }
    const { exit, signal } = this.exited ?? { exit: null, signal: 'SIGKILL' };
    // before the group is killed: whoever has the output open still is one that was left behind
    if (by === 'itself') await this.until(() => this.closed, DRAIN_MS);
    const held = by === 'itself' && !this.closed ? 'yes' : 'no';
    this.guard.killEverything();
    this.release();
    return { by, exit, signal, held, ms: Math.round(milliseconds() - from) };
  }

  private release(): void {
    this.guard.rest();
    for (const stream of this.child.stdio) stream?.destroy();
    // Deno throws where nothing was started
    if (this.child.pid !== undefined) this.child.unref();
  }

  /** What is in the pipe when it ends is still taken, for a moment; not where it is over anyway. */
  private async hasExited(ended: Ended): Promise<void> {
    if (this.ending === undefined && this.broken === undefined) await this.until(() => this.closed, DRAIN_MS);
    this.exited = ended;
    this.wake();
  }

  private stop(why: NonNullable<ChildTalk['broken']>): void {
    if (this.broken !== undefined) return;
    this.broken = why;
    this.guard.killEverything();
    this.child.stdout?.destroy();
    this.part = [];
    this.wake();
  }

  private take(chunk: Uint8Array): void {
    if (this.broken !== undefined) return;
    this.total += chunk.length;
    if (this.total > this.request.maxTotalBytes) return this.stop('too-much');
    for (let from = 0; from < chunk.length; ) {
      const at = chunk.indexOf(NEWLINE, from);
      const piece = chunk.subarray(from, at < 0 ? chunk.length : at);
      this.partLength += piece.length;
      if (this.partLength > this.request.maxLineBytes) return this.stop('line-too-long');
      this.part.push(piece);
      if (at < 0) return;
      this.lines.push(new Uint8Array(Buffer.concat(this.part)));
      this.part = [];
      this.partLength = 0;
      from = at + 1;
    }
    this.wake();
  }

  private keep(chunk: Uint8Array): void {
    this.errTotal += chunk.length;
    const joined = Buffer.concat([this.tail, chunk]);
    this.tail = joined.subarray(Math.max(0, joined.length - this.request.keepBytes));
  }

  private wake(): void {
    for (const done of [...this.waiting]) done();
  }

  private something(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.waiting.add(done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  private async until(isSo: () => boolean, ms: number): Promise<void> {
    const end = milliseconds() + ms;
    while (!isSo() && milliseconds() < end) await this.something(Math.max(1, end - milliseconds()));
  }

  private untilExit(ms: number): Promise<void> {
    return this.until(() => this.exited !== undefined, ms);
  }
}
