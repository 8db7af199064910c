import { pollProbation, type RunOptions, type World } from '../engine/index.ts';
import type { Instant, RunDocument } from '../model/index.ts';

/** While nothing is on probation: another glued may have installed something meanwhile. One look at a folder. */
const QUIET_MS = 5 * 60_000;

/** Between commands: the engines of content on probation are looked at as often as the engine room asks for it. */
export class ProbationWatch {
  private readonly world: World;
  private readonly options: Pick<RunOptions, 'stateDir' | 'policyPath' | 'trustCheck' | 'signal' | 'signalName'>;
  /** steady time of the next look */
  private dueAt = 0;
  /** steady time of the last end; of what is not judged by then, the next run knows more */
  private endsAt = 0;

  constructor(world: World, options: ProbationWatch['options']) {
    this.world = world;
    this.options = options;
  }

  /** Looks, where that is due; the document where something had to go back. */
  async look(): Promise<RunDocument | null> {
    const { clock } = this.world.ports;
    if (this.untilDue() > 0) return null;
    const { nextPollAt, endsAt, document } = await pollProbation(this.world, { ...this.options, trigger: 'probation', contentTypes: [], components: [], force: 'no', mode: 'run', input: 'no-input' });
    const steady = (at: Instant): number => clock.monotonic() + Math.max(1000, at - clock.now());
    this.dueAt = nextPollAt === null ? clock.monotonic() + QUIET_MS : steady(nextPollAt);
    this.endsAt = endsAt === null ? 0 : steady(endsAt);
    return document;
  }

  /** A command was done: something may be on probation from now on. */
  ran(): void {
    this.dueAt = 0;
  }

  /** Is something on probation whose end is still to come, so that somebody has to stay? */
  isWaiting(): boolean {
    return this.endsAt > this.world.ports.clock.monotonic();
  }

  /** milliseconds until the next look */
  untilDue(): number {
    return Math.max(0, this.dueAt - this.world.ports.clock.monotonic());
  }
}
