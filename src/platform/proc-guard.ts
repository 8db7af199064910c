import { descendants, groupMembers, killAll } from './proc-group.ts';

const POLL_MS = 50;
/** every so many polls, orphans of the group are looked for in all of /proc */
const DEEP_EVERY = 20;

/** Holds a child and all that it started to a limit of memory, and knows whom to kill. */
export class Guard {
  /** the most resident memory that the child and its group were seen with */
  peakBytes = 0;
  private readonly pid: number | undefined;
  private readonly maxMemoryBytes: number;
  private readonly exceeded: () => void;
  private readonly others = new Set<number>();
  private poll: ReturnType<typeof setInterval> | undefined;
  private polls = 0;

  constructor(pid: number | undefined, maxMemoryBytes: number, exceeded: () => void) {
    this.pid = pid;
    this.maxMemoryBytes = maxMemoryBytes;
    this.exceeded = exceeded;
  }

  /** Looks now, and again and again until `rest`. */
  watch(): void {
    if (this.poll !== undefined) return;
    this.poll = setInterval(() => this.look(), POLL_MS);
    this.look();
  }

  rest(): void {
    clearInterval(this.poll);
    this.poll = undefined;
  }

  private look(): void {
    const { pid } = this;
    if (pid === undefined) return;
    const tree = descendants(pid);
    for (const member of tree) if (member.pid !== pid) this.others.add(member.pid);
    const orphans = ++this.polls % DEEP_EVERY === 0 ? groupMembers(pid) : [];
    const all = new Map([...orphans, ...tree].map((m) => [m.pid, m.rssBytes]));
    const rss = [...all.values()].reduce((sum, bytes) => sum + bytes, 0);
    this.peakBytes = Math.max(this.peakBytes, rss);
    if (rss > this.maxMemoryBytes) this.exceeded();
  }

  /** SIGKILL to the group and to those that were seen to leave it. */
  killEverything(): void {
    if (this.pid !== undefined) killAll(this.pid, this.others);
  }
}
