import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import { GLUED, Machine, mustExist } from './bench/machine.ts';
import { line, median, round } from './bench/measure.ts';
import { FAULTS, type FaultyRelay, faultyRelay } from './soak/faulty-relay.ts';
import { type Held, WatchedDaemon } from './soak/watched-daemon.ts';

/**
 * A daemon with three components lives through MINUTES (20) of publishing every few seconds, failing servers, changing policies and kill -9. In
 * the last half it is not killed, so that memory and descriptors of one process can be followed. Prints JSON lines; ends with 1 where one of
 * the promises at the end was not kept.
 */
const MINUTES = Number(process.env['MINUTES'] ?? 20);
const IDS = ['one', 'two', 'three'] as const;
/** Memory of the last third against the first third of the daemon that was left alive: more is a leak. */
const MOST_GROWTH_PERCENT = 15;
/** Sockets of the run in hand come and go; at rest as many as once it was warm may be open, and these. */
const MOST_NEW_DESCRIPTORS = 3;

const anyOf = <T>(of: readonly T[]): T | undefined => of[Math.floor(Math.random() * of.length)];
const between = (low: number, high: number): number => low + Math.random() * (high - low);

class Soak {
  readonly machine = new Machine();
  readonly relays: FaultyRelay[] = [];
  readonly newest = new Map<string, string>();
  readonly samples: Held[] = [];
  readonly counts = { published: 0, kills: 0, policies: 0, faults: 0 };
  readonly daemon = new WatchedDaemon(this.machine.place, this.machine.path('machine/state/run/glued.sock'));
  private readonly until = performance.now() + MINUTES * 60_000;
  private broken = '';

  async prepare(): Promise<void> {
    this.machine.repository(IDS);
    mkdirSync(this.machine.path('in'));
    for (const id of IDS) this.publish(id);
    const url = await this.machine.serve();
    this.relays.push(await faultyRelay(url), await faultyRelay(url));
    copyFileSync(this.machine.path('repo/metadata/1.root.json'), this.machine.path('root.json'));
    this.policy({});
    for (const id of IDS) this.machine.register(id);
  }

  private publish(id: string): void {
    const version = `1.${this.counts.published++}`;
    writeFileSync(this.machine.path('in', id), Buffer.concat([Buffer.from(`${id} ${version}\n`), randomBytes(Math.floor(between(120_000, 200_000)))]));
    this.machine.publish(id, this.machine.path('in', id), version);
    this.newest.set(id, version);
  }

  /** Replaced whole, as a management agent does it. */
  private policy(more: object): void {
    const policy = { id: `soak-${this.counts.policies++}`, servers: this.relays.map(({ url }) => ({ url })), trust: { rootFile: this.machine.path('root.json') }, download: { timeoutSeconds: 2 }, ...more };
    writeFileSync(this.machine.path('policy.new'), JSON.stringify(policy));
    renameSync(this.machine.path('policy.new'), this.machine.path('policy.json'));
  }

  /** Does something again and again, at moments that nobody foresees, until the time is over. */
  private async again(seconds: readonly [number, number], work: () => void | Promise<void>, share = 1): Promise<void> {
    const end = this.until - (1 - share) * MINUTES * 60_000;
    for (;;) {
      const ms = between(...seconds) * 1000;
      if (performance.now() + ms >= end || this.broken !== '') return;
      await after(ms);
      await work();
    }
  }

  async live(): Promise<void> {
    await this.daemon.start();
    await Promise.all([
      this.again([2, 5], () => this.publish(anyOf(IDS) ?? 'one')),
      this.again([2, 6], () => this.daemon.run()),
      this.again([2, 6], () => this.fail()),
      this.again([8, 15], () => this.change()),
      this.again([10, 25], () => this.kill(), 0.5),
      this.again([1, 1], () => this.look()),
    ]);
    if (this.broken !== '') throw new Error(this.broken);
  }

  private fail(): void {
    for (const relay of this.relays) relay.fault = Math.random() < 0.4 ? 'none' : (anyOf(FAULTS) ?? 'none');
    this.counts.faults += 1;
  }

  private change(): void {
    if (Math.random() < 0.25) writeFileSync(this.machine.path('policy.json'), '{"servers": [], "nonsense": true}');
    else this.policy({ schedule: { everyMinutes: Math.ceil(between(1, 500)) }, download: { timeoutSeconds: 2, parallel: Math.ceil(between(1, 6)) } });
  }

  private async kill(): Promise<void> {
    await this.daemon.end('SIGKILL');
    this.counts.kills += 1;
    this.samples.length = 0;
    await this.daemon.start();
  }

  private look(): void {
    if (this.daemon.isAlive) this.samples.push(this.daemon.held());
    else if (performance.now() > this.until - 0.5 * MINUTES * 60_000) this.broken = 'the daemon ended by itself';
  }

  /** Servers and policy are well again: everything becomes current, and stays so. */
  async heal(): Promise<readonly string[]> {
    for (const relay of this.relays) relay.fault = 'none';
    this.policy({});
    for (const id of IDS) this.publish(id);
    await this.daemon.settle();
    const document = await this.daemon.settle();
    return IDS.flatMap((id) => {
      const component = document.components.find((c) => c.id === id);
      const after = component?.after?.version;
      const content = readFileSync(this.machine.path('machine', id)).subarray(0, 40).toString('latin1').split('\n')[0];
      const wanted = this.newest.get(id);
      return after === wanted && content === `${id} ${wanted}` ? [] : [`${id} is at ${after} (${content}), and ${wanted} is the newest: ${component?.action}, ${component?.reason?.text}`];
    });
  }

  /** Every line of the log is whole, and every start of a daemon is in it. */
  log(): { readonly lines: number; readonly torn: number; readonly starts: number } {
    const folder = this.machine.path('machine/state/log');
    const lines = readdirSync(folder).flatMap((name) => readFileSync(`${folder}/${name}`, 'utf8').split('\n').filter((l) => l !== ''));
    const events = lines.map(eventOf);
    return { lines: lines.length, torn: events.filter((e) => e === undefined).length, starts: events.filter((e) => e === 'daemon-started').length };
  }
}

function eventOf(text: string): string | undefined {
  try {
    const line: { readonly event?: unknown } = JSON.parse(text);
    return typeof line.event === 'string' ? line.event : undefined;
  } catch {
    return undefined;
  }
}

/** Memory of one process: its last third beside the third before, when it had been warm for a while. */
function growth(samples: readonly Held[]): { readonly beforeMb: number; readonly lastMb: number; readonly percent: number } {
  const third = Math.floor(samples.length / 3);
  const beforeMb = median(samples.slice(third, 2 * third).map((s) => s.anonymousMb));
  const lastMb = median(samples.slice(-third).map((s) => s.anonymousMb));
  return { beforeMb: round(beforeMb), lastMb: round(lastMb), percent: round(((lastMb - beforeMb) / beforeMb) * 100) };
}

async function soak(): Promise<boolean> {
  const one = new Soak();
  try {
    await one.prepare();
    await one.live();
    const behind = await one.heal();
    line('soak.content', { minutes: MINUTES, ...one.counts, behind, met: behind.length === 0 });
    const memory = growth(one.samples);
    const most = round(Math.max(...one.samples.map((s) => s.rssMb)));
    line('soak.memory', { anonymous_mb: memory, most_rss_mb: most, seconds: one.samples.length, most_growth_percent: MOST_GROWTH_PERCENT, met: memory.percent <= MOST_GROWTH_PERCENT });
    // connections that are kept alive end by themselves
    await after(25_000);
    const third = Math.floor(one.samples.length / 3);
    // a daemon that has just begun has not opened its database yet
    const warm = Math.min(...one.samples.slice(third, 2 * third).map((s) => s.descriptors));
    const { descriptors } = one.daemon.held();
    line('soak.descriptors', { warm, last: descriptors, met: descriptors <= warm + MOST_NEW_DESCRIPTORS });
    const code = await one.daemon.end('SIGTERM');
    const log = one.log();
    const isWhole = log.torn === 0 && log.starts === one.daemon.starts && code === 0;
    line('soak.log', { ...log, started: one.daemon.starts, exit: code, met: isWhole });
    return behind.length === 0 && memory.percent <= MOST_GROWTH_PERCENT && descriptors <= warm + MOST_NEW_DESCRIPTORS && isWhole;
  } finally {
    if (one.daemon.isAlive) await one.daemon.end('SIGKILL');
    for (const relay of one.relays) relay.close();
    one.machine.close();
  }
}

mustExist(GLUED);
process.exitCode = (await soak()) ? 0 : 1;
