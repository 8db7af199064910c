/** Jobs that are started in order, at most `width` ahead of the one that is taken. */
export class Pool<T, R> {
  private readonly width: number;
  private readonly items: readonly T[];
  private readonly work: (item: T) => Promise<R>;
  private readonly started = new Map<number, Promise<R>>();

  constructor(width: number, items: readonly T[], work: (item: T) => Promise<R>) {
    this.width = width;
    this.items = items;
    this.work = work;
  }

  /** The result of one job. It is started, where it is not yet, and those after it as far as the width goes. */
  take(i: number): Promise<R> {
    for (let ahead = i; ahead < Math.min(i + this.width, this.items.length); ahead++) void this.start(ahead);
    return this.start(i);
  }

  /** Resolves when no job is at work any more, also those that nobody took: what they write to must not close before. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.started.values());
  }

  private start(i: number): Promise<R> {
    const running = this.started.get(i);
    if (running !== undefined) return running;
    const item = this.items[i];
    if (item === undefined) throw new Error(`no job ${i}`);
    const begun = this.work(item);
    // whoever takes it hears of a bug; until then it must not end the process in the middle of another component's swap
    void begun.catch(() => undefined);
    this.started.set(i, begun);
    return begun;
  }
}
