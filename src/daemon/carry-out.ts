import { type ProgressEvent, rollback, runCycle, type RunOptions, type World } from '../engine/index.ts';
import { type RunDocument, unreachable } from '../model/index.ts';
import type { Events } from './events.ts';
import { LOCKED_TRIES, LOCKED_WAIT_MS, MAX_CYCLES } from './limits.ts';
import type { Command } from './queue.ts';

/** What every command is done with. */
export type Means = {
  readonly world: World;
  readonly events: Events;
  /** policy and state, as the daemon was started */
  readonly place: Pick<RunOptions, 'stateDir' | 'policyPath' | 'trustCheck'>;
  /** what ends a command: the daemon's own signal, or somebody's wish */
  readonly stoppedBy: () => string;
};

/** Of what a download tells, so much reaches the listeners. */
const PROGRESS_EVERY_MS = 250;

/** Does one command: the cycle, again and again until nothing is left that it could do now. Gives the last cycle's document. */
export async function carryOut(means: Means, command: Command): Promise<RunDocument> {
  let document = await whenFree(means, command);
  for (let cycles = 1; isUnfinished(document) && cycles < MAX_CYCLES && !command.controller.signal.aborted; cycles++) {
    document = await whenFree(means, command);
  }
  return document;
}

/** A cycle that moved as much as one may, and left the rest to the next. */
const isUnfinished = (document: RunDocument): boolean => document.components.some((c) => c.reason?.code === 'rounds-exhausted');

/** Another glued may be at work on the same state: its lock is waited for, not fought over. */
async function whenFree(means: Means, command: Command): Promise<RunDocument> {
  const { signal } = command.controller;
  for (let tries = 1; ; tries++) {
    const document = await once(means, command);
    if (document.codeName !== 'locked' || tries >= LOCKED_TRIES || signal.aborted) return document;
    await means.world.ports.clock.sleep(LOCKED_WAIT_MS, signal);
  }
}

function once(means: Means, command: Command): Promise<RunDocument> {
  const { ask } = command;
  switch (ask.kind) {
    case 'run':
      return runCycle(means.world, { ...optionsOf(means, command), contentTypes: ask.contentTypes, components: ask.components, force: ask.force, mode: ask.mode });
    case 'rollback':
      return rollback(means.world, ask.component, optionsOf(means, command));
    default:
      return unreachable(ask);
  }
}

function optionsOf(means: Means, { id, trigger, controller }: Command): RunOptions {
  return {
    ...means.place,
    trigger,
    contentTypes: [],
    components: [],
    force: 'no',
    mode: 'run',
    // whoever asked for a command may be at a terminal, and is asked there
    input: trigger === 'schedule' ? 'ask' : 'no-input',
    signal: controller.signal,
    signalName: means.stoppedBy,
    progress: teller(means, id),
  };
}

function teller({ events, world }: Means, commandId: string): (event: ProgressEvent) => void {
  let toldAt = -PROGRESS_EVERY_MS;
  return (event) => {
    const { kind, ...data } = event;
    if (kind === 'stage') return events.tell('stage', { commandId, ...data });
    const now = world.ports.clock.monotonic();
    if (event.kind === 'bytes' && event.done < event.total && now - toldAt < PROGRESS_EVERY_MS) return;
    toldAt = now;
    events.tell('progress', { commandId, ...data });
  };
}
