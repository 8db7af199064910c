import type { Clock, Instant } from '../model/index.ts';
import { CLOCK_JUMP_MS } from './limits.ts';

/** Notices that the machine slept, or that its clock was set: the wall clock then went further than the steady one, or back. */
export class ClockWatch {
  private readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  private wall: Instant;
  private steady: number;

  constructor(clock: ClockWatch['clock']) {
    this.clock = clock;
    this.wall = clock.now();
    this.steady = clock.monotonic();
  }

  /** Milliseconds that the wall clock jumped since the last look: forward above 0, back below; 0 where it did not. */
  look(): number {
    const [wall, steady] = [this.clock.now(), this.clock.monotonic()];
    const jump = wall - this.wall - (steady - this.steady);
    this.wall = wall;
    this.steady = steady;
    return Math.abs(jump) > CLOCK_JUMP_MS ? Math.round(jump) : 0;
  }
}
