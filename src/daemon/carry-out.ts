import { type ProgressEvent, rollback, runCycle, type RunOptions, type World } from '../engine/index.ts';
import { CODES, type ExitCode, exitOf, type Failure, failureExit, type Outcome, type RegistryChange, type RunDocument, unreachable } from '../model/index.ts';
import { type ErrorDocument, errorDocument } from '../report/index.ts';
import type { CycleAsk, RegistryAsk } from './ask.ts';
import type { Events } from './events.ts';
import { LOCKED_TRIES, LOCKED_WAIT_MS, MAX_CYCLES } from './limits.ts';
import type { Command } from './queue.ts';

/** What a change of the registry came to, as the command line prints it with `--json`. */
export type RegistryEnding = RegistryChange | ErrorDocument;

/** What a command came to: its document, and the exit code that the command line has for it. */
export type Ending = { readonly code: ExitCode } & ({ readonly kind: 'cycle'; readonly document: RunDocument } | { readonly kind: 'registry'; readonly document: RegistryEnding });

/** Changes the registry under the run lock; `interrupted` where the signal was aborted before anything was written. */
export type ChangeRegistry = (ask: RegistryAsk, stop: Pick<RunOptions, 'signal' | 'signalName'>) => Promise<Outcome<RegistryChange, Failure>>;

/** What every command is done with. */
export type Means = {
  readonly world: World;
  readonly events: Events;
  readonly changeRegistry: ChangeRegistry;
  /** policy and state, as the daemon was started */
  readonly place: Pick<RunOptions, 'stateDir' | 'policyPath' | 'trustCheck'>;
  /** what ends a command: the daemon's own signal, or somebody's wish */
  readonly stoppedBy: () => string;
};

/** Of what a download tells, so much reaches the listeners. */
const PROGRESS_EVERY_MS = 250;

/** Does one command: the cycle, again and again until nothing is left that it could do now. Gives the last cycle's document. */
export async function carryOut(means: Means, command: Command): Promise<Ending> {
  let ending = await whenFree(means, command);
  for (let cycles = 1; isUnfinished(ending) && cycles < MAX_CYCLES && !command.controller.signal.aborted; cycles++) {
    ending = await whenFree(means, command);
  }
  return ending;
}

/** A cycle that moved as much as one may, and left the rest to the next. */
const isUnfinished = (ending: Ending): boolean => ending.kind === 'cycle' && ending.document.components.some((c) => c.reason?.code === 'rounds-exhausted');

/** Another glued may be at work on the same state: its lock is waited for, not fought over. */
async function whenFree(means: Means, command: Command): Promise<Ending> {
  const { signal } = command.controller;
  for (let tries = 1; ; tries++) {
    const ending = await once(means, command);
    if (ending.code !== CODES.locked || tries >= LOCKED_TRIES || signal.aborted) return ending;
    await means.world.ports.clock.sleep(LOCKED_WAIT_MS, signal);
  }
}

async function once(means: Means, command: Command): Promise<Ending> {
  const { ask } = command;
  switch (ask.kind) {
    case 'run':
    case 'rollback': {
      const document = await cycle(means, command, ask);
      return { kind: 'cycle', code: exitOf(document.codeName), document };
    }
    case 'registry-add':
    case 'registry-remove': {
      const changed = await means.changeRegistry(ask, { signal: command.controller.signal, signalName: means.stoppedBy });
      if (changed.ok) return { kind: 'registry', code: CODES.ok, document: changed.value };
      return { kind: 'registry', code: failureExit(changed.failure), document: errorDocument(changed.failure) };
    }
    default:
      return unreachable(ask);
  }
}

function cycle(means: Means, command: Command, ask: CycleAsk): Promise<RunDocument> {
  const options = optionsOf(means, command);
  if (ask.kind === 'rollback') return rollback(means.world, ask.component, options);
  return runCycle(means.world, { ...options, contentTypes: ask.contentTypes, components: ask.components, force: ask.force, mode: ask.mode });
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
