import { fail, type Failure, ok, type Outcome } from '../model/index.ts';
import type { World } from '../engine/index.ts';
import type { Ask } from './ask.ts';
import type { Bell } from './bell.ts';
import type { Events } from './events.ts';
import type { Command, Queue } from './queue.ts';

type Around = {
  readonly log: World['ports']['log'];
  /** aborted: the daemon ends, and takes nothing more */
  readonly signal: AbortSignal;
  readonly queue: Queue;
  readonly events: Events;
  readonly bell: Bell;
};

/** Takes commands into the queue and out of it again, and tells whoever listens. */
export class Intake {
  private readonly around: Around;

  constructor(around: Around) {
    this.around = around;
  }

  /** The command as it was queued; `daemon-stopping` or `daemon-queue-full` where it is not taken. */
  ask(ask: Ask): Outcome<Command, Failure> {
    const { signal, queue, events, bell } = this.around;
    if (signal.aborted) return fail('daemon-stopping', {});
    const command = queue.add(ask, 'command');
    if (command === undefined) return fail('daemon-queue-full', { length: queue.length });
    events.tell('queued', { commandId: command.id, kind: ask.kind });
    bell.ring();
    return ok(command);
  }

  /** The id of the command that is stopped: that one, or the one that runs; undefined where there is none such. */
  cancel(id: string | undefined): string | undefined {
    const { log, queue, events } = this.around;
    const cancelled = queue.cancel(id);
    if (cancelled === undefined) return undefined;
    const { command, was } = cancelled;
    log.write('info', 'command-cancelled', { id: command.id, was });
    // the one that runs tells its own end
    if (was === 'waiting') events.tell('cancelled', { commandId: command.id, why: 'somebody cancelled it' });
    return command.id;
  }

  /** What runs is told to stop, and nothing that waits will be done any more. */
  cancelAll(why: string): void {
    const { queue, events } = this.around;
    for (const { id } of queue.clear()) events.tell('cancelled', { commandId: id, why });
  }
}
