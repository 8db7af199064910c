import { type RunOptions, whenNext, type World } from '../engine/index.ts';
import { type DaemonStatus, type Failure, failureText, type Instant, type Next, reasonText, rfc3339, type RunDocument } from '../model/index.ts';
import { ClockWatch } from './clock-watch.ts';
import { PolicyWatch } from './policy-watch.ts';

/** Where no usable policy was ever seen there is no schedule: one run says so, and the next comes when the policy changes. */
const NO_SCHEDULE = 'No policy can be used, so there is no schedule; a changed policy is noticed.';

/** When the daemon runs by itself: by the schedule of the policy in force, which is worked out anew whenever something of it may have changed. */
export class Wakeups {
  private readonly world: World;
  private readonly place: Pick<RunOptions, 'stateDir' | 'policyPath' | 'trustCheck'>;
  private readonly clockWatch: ClockWatch;
  private readonly policy: PolicyWatch;
  /** undefined: to be worked out */
  private next: Next | null | undefined;
  private wokeAt: Instant | null = null;
  private hasRun = false;

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
    this.next ??= this.workOut();
    if (this.next === null) return !this.hasRun;
    return this.next.at <= clock.now();
  }

  private workOut(): Next | null {
    const policy = this.policy.usable;
    if (policy === undefined) return null;
    const next = whenNext(this.world, this.place.stateDir, policy, this.wokeAt);
    if (next.ok) return next.value;
    this.world.ports.log.write('error', 'next-run-unknown', { problem: failureText(next.failure) });
    return null;
  }

  /** milliseconds until a run is due, as far as is known now */
  untilDue(): number {
    const { clock } = this.world.ports;
    return this.next === null || this.next === undefined ? Number.POSITIVE_INFINITY : Math.max(0, this.next.at - clock.now());
  }

  /** A run was made: what is next is another matter. */
  ran(_document: RunDocument): void {
    this.hasRun = true;
    this.next = undefined;
  }

  /** Reads the policy anew at the next look, changed or not. */
  forget(): void {
    this.policy.forget();
  }

  shown(): { readonly next: DaemonStatus['next']; readonly problem: Failure | null } {
    const { next } = this;
    const known = next === null || next === undefined ? { at: null, reason: NO_SCHEDULE } : { at: rfc3339(next.at), reason: reasonText(next.reason) };
    return { next: known, problem: this.policy.problem };
  }
}
