import { type RunOptions, whenNext, type World } from '../engine/index.ts';
import { type Failure, failureText, type Instant, type NextRef, parseInstant, type RunDocument } from '../model/index.ts';
import { nextRef } from '../report/index.ts';
import { ClockWatch } from './clock-watch.ts';
import { PolicyWatch } from './policy-watch.ts';

/**
 * When the daemon runs by itself: by the schedule of the policy in force, worked out anew whenever something of it may have changed. Where no
 * policy could ever be used there is no schedule: one run says so.
 */
export class Wakeups {
  private readonly world: World;
  private readonly place: Pick<RunOptions, 'stateDir' | 'policyPath' | 'trustCheck'>;
  private readonly clockWatch: ClockWatch;
  private readonly policy: PolicyWatch;
  /** undefined: to be worked out */
  private next: { readonly at: Instant; readonly shown: NextRef } | undefined;
  /** when the machine woke up while this daemon waited */
  private wokeAt: Instant | null = null;
  /** when the latest scheduled run of this daemon began */
  private ranAt: Instant | null = null;

  constructor(world: World, place: Wakeups['place']) {
    this.world = world;
    this.place = place;
    this.clockWatch = new ClockWatch(world.ports.clock);
    this.policy = new PolicyWatch(world.ports, place);
  }

  /** Looks at clock and policy; is a scheduled run due now? */
  async isDue(): Promise<boolean> {
    const { clock, log } = this.world.ports;
    const jump = this.clockWatch.look();
    if (jump !== 0) {
      log.write('info', 'clock-jumped', { ms: jump });
      this.next = undefined;
      if (jump > 0) this.wokeAt = clock.now();
    }
    if ((await this.policy.look()) === 'changed') this.next = undefined;
    if (this.policy.usable === undefined) return this.ranAt === null;
    if ((this.next ??= this.workOut()) === undefined || this.next.at > clock.now()) return false;
    // another glued may have run meanwhile
    this.next = this.workOut();
    return this.next !== undefined && this.next.at <= clock.now();
  }

  private workOut(): Wakeups['next'] {
    const { usable } = this.policy;
    if (usable === undefined) return undefined;
    const next = whenNext(this.world, this.place.stateDir, usable, { wokeAt: this.wokeAt, ranAt: this.ranAt });
    if (!next.ok) this.world.ports.log.write('error', 'next-run-unknown', { problem: failureText(next.failure) });
    return next.ok ? { at: next.value.at, shown: nextRef(next.value) } : undefined;
  }

  /** milliseconds until a run is due, as far as is known now */
  untilDue(): number {
    return this.next === undefined ? Number.POSITIVE_INFINITY : Math.max(0, this.next.at - this.world.ports.clock.now());
  }

  /** A scheduled run begins. */
  runs(): void {
    this.ranAt = this.world.ports.clock.now();
  }

  /** A command is over. Its document says what is next; where it does not, that is worked out. */
  ran({ next: shown }: Pick<RunDocument, 'next'>): void {
    const at = shown.at === null ? undefined : parseInstant(shown.at);
    this.next = at === undefined ? undefined : { at, shown };
  }

  /** The registry was changed: the next run may be due at another time. */
  changed(): void {
    this.next = undefined;
  }

  /** Reads the policy anew at the next look, changed or not. */
  forget(): void {
    this.policy.forget();
  }

  /** What was on probation is over meanwhile. */
  private isJudged(): boolean {
    const ends = parseInstant(this.next?.shown.probation?.at ?? '');
    return ends !== undefined && ends <= this.world.ports.clock.now();
  }

  shown(): { readonly next: NextRef; readonly problem: Failure | null } {
    if (this.isJudged()) this.next = undefined;
    this.next ??= this.workOut();
    return { next: this.next?.shown ?? nextRef(), problem: this.policy.problem };
  }
}
