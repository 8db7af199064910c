import type { Clock } from '../model/index.ts';

/** Whoever waits here is woken by a ring, also by one that came just before. */
export class Bell {
  private controller = new AbortController();

  readonly ring = (): void => this.controller.abort('rung');

  async wait(clock: Pick<Clock, 'sleep'>, ms: number): Promise<void> {
    await clock.sleep(ms, this.controller.signal);
    this.controller = new AbortController();
  }
}
