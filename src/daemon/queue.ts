import { type Clock, type Instant, type QueuedCommand, type Random, rfc3339, runId } from '../model/index.ts';
import type { SCHEDULED } from '../engine/index.ts';
import type { Ask } from './ask.ts';
import { MAX_QUEUE } from './limits.ts';

/** One thing to do, and the means to stop it. */
export type Command = {
  readonly id: string;
  readonly ask: Ask;
  readonly trigger: 'command' | typeof SCHEDULED;
  readonly askedAt: Instant;
  /** aborted by who cancels it, or by the daemon's end */
  readonly controller: AbortController;
};

/** Commands in the order in which they were asked for: one runs, the others wait. */
export class Queue {
  private readonly ports: { readonly clock: Pick<Clock, 'now'>; readonly random: Random };
  private readonly waiting: Command[] = [];
  private current: Command | null = null;

  constructor(ports: Queue['ports']) {
    this.ports = ports;
  }

  /** The command as it was queued, or undefined where too many wait already. */
  add(ask: Ask, trigger: Command['trigger']): Command | undefined {
    if (this.waiting.length >= MAX_QUEUE) return undefined;
    const askedAt = this.ports.clock.now();
    const command: Command = { id: runId(askedAt, this.ports.random.bytes(10)), ask, trigger, askedAt, controller: new AbortController() };
    this.waiting.push(command);
    return command;
  }

  get running(): Command | null {
    return this.current;
  }

  get length(): number {
    return this.waiting.length;
  }

  /** The next command, which runs from now on until `done`. */
  take(): Command | undefined {
    const next = this.waiting.shift();
    this.current = next ?? null;
    return next;
  }

  done(): void {
    this.current = null;
  }

  /** The command of that id, or the one that runs: aborted, and out of the queue where it was still waiting. */
  cancel(id: string | undefined): { readonly command: Command; readonly was: 'running' | 'waiting' } | undefined {
    const { current } = this;
    if (current !== null && (id === undefined || current.id === id)) {
      current.controller.abort();
      return { command: current, was: 'running' };
    }
    const at = this.waiting.findIndex((c) => c.id === id);
    const [command] = at < 0 ? [] : this.waiting.splice(at, 1);
    command?.controller.abort();
    return command === undefined ? undefined : { command, was: 'waiting' };
  }

  /** Nothing that waits will be done any more. */
  clear(): readonly Command[] {
    this.current?.controller.abort();
    return this.waiting.splice(0);
  }

  shown(): { readonly running: QueuedCommand | null; readonly queue: readonly QueuedCommand[] } {
    return { running: this.current === null ? null : show(this.current), queue: this.waiting.map(show) };
  }
}

function show({ id, ask, trigger, askedAt }: Command): QueuedCommand {
  return { id, kind: ask.kind, trigger, askedAt: rfc3339(askedAt) };
}
