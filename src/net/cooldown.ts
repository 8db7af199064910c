import {
  type Clock, type Cooldown, type CooldownStore, failed, type Failed, type Failure, failureText, type Http, type HttpFailure, type HttpHead, type Log, type Outcome, rfc3339, timesForPeople,
} from '../model/index.ts';
import { COOLING, coolingMs } from './retry-after.ts';
import { serverFinder } from './server-of.ts';

export type CooldownInput = {
  /** base addresses */
  readonly servers: readonly string[];
  readonly store: CooldownStore;
  /** yes: a cooldown of an earlier run does not count, one that is learned in this run does */
  readonly force: 'yes' | 'no';
};
export type Cooling = {
  readonly http: Http;
  /** the servers that refused in this run, or were not asked for an earlier refusal, and still cool down */
  readonly waiting: () => readonly Cooldown[];
};
type Ports = { readonly clock: Pick<Clock, 'now'>; readonly log: Log };

/** What is known of each server's refusals; written through to the store, whose failure costs only the memory across runs. */
class Book {
  readonly touched = new Set<string>();
  private readonly ports: Ports;
  private readonly store: CooldownStore;
  private readonly force: 'yes' | 'no';
  private readonly known = new Map<string, Cooldown>();
  /** refused in this run: --force does not pass these */
  private readonly learned = new Set<string>();

  constructor(ports: Ports, { servers, store, force }: CooldownInput) {
    this.ports = ports;
    this.store = store;
    this.force = force;
    const kept = store.list();
    if (!kept.ok) this.warn(kept);
    for (const row of kept.ok ? kept.value : []) this.recall(row, servers);
  }

  /** A stored cooldown as it counts now. A clock that went back, or a row that was tampered with, makes it no longer than it was. */
  private recall(row: Cooldown, servers: readonly string[]): void {
    const now = this.ports.clock.now();
    if (row.until + COOLING.forgottenMs < now) return this.warn(this.store.drop(row.server));
    if (!servers.includes(row.server)) return;
    const ms = Math.min(Math.max(row.until - row.since, 0), COOLING.mostMs);
    if (row.since <= now) this.known.set(row.server, { ...row, until: row.since + ms });
    else this.keep({ ...row, since: now, until: now + ms });
  }

  /** The cooldown that forbids a request now. */
  running(server: string): Cooldown | undefined {
    const row = this.known.get(server);
    if (row === undefined || row.until <= this.ports.clock.now()) return undefined;
    if (this.force === 'yes' && !this.learned.has(server)) return undefined;
    this.touched.add(server);
    return row;
  }

  /** What an answer means for the server that gave it: the cooldown that it begins, or nothing. */
  heard(server: string, { status, headers }: HttpHead): Cooldown | undefined {
    const now = this.ports.clock.now();
    const row = this.known.get(server);
    // requests that were on their way together are one refusal
    const together = this.learned.has(server) && row !== undefined && row.until > now;
    const before = row?.refusals ?? 0;
    const ms = coolingMs(status, headers, together ? before - 1 : before, now);
    if (ms === undefined) {
      if (row !== undefined && !together && ((status >= 200 && status < 300) || status === 304)) this.forget(server);
      return undefined;
    }
    const until = together ? Math.max(row.until, now + ms) : now + ms;
    const learned: Cooldown = { server, since: now, until, refusals: together ? before : before + 1 };
    this.learned.add(server);
    this.touched.add(server);
    this.ports.log.write('warn', 'server-cooling-down', { server, status, until: rfc3339(until), refusals: learned.refusals });
    this.keep(learned);
    return learned;
  }

  waiting(): readonly Cooldown[] {
    const now = this.ports.clock.now();
    return [...this.touched].flatMap((server) => this.known.get(server) ?? []).filter((row) => row.until > now);
  }

  private keep(row: Cooldown): void {
    this.known.set(row.server, row);
    this.warn(this.store.put(row));
  }

  private forget(server: string): void {
    this.known.delete(server);
    this.warn(this.store.drop(server));
  }

  private warn(done: Outcome<unknown, Failure>): void {
    if (!done.ok) this.ports.log.write('warn', 'cooldown-not-kept', { error: failureText(done.failure) });
  }
}

const cooling = (url: string, { server, until }: Cooldown): Failed<HttpFailure> =>
  failed({ kind: 'cooling-down', url, detail: `${server} wants no request before ${timesForPeople(rfc3339(until))}`, until });

/**
 * `Http` that leaves alone a server that asked for it: by 429, or by 503 with Retry-After. The request that learns it, and every later one
 * until the end, fails as `cooling-down`, with the server and the end; the others are as before. Kept in the store across runs.
 */
export function withCooldown(http: Http, ports: Ports, input: CooldownInput): Cooling {
  const serverOf = serverFinder(input.servers);
  const book = new Book(ports, input);
  return {
    waiting: () => book.waiting(),
    http: {
      close: () => http.close(),
      async document(request) {
        const server = serverOf(request.url);
        const running = server === undefined ? undefined : book.running(server);
        if (running !== undefined) return cooling(request.url, running);
        const end = await http.document(request);
        const learned = server !== undefined && end.ok ? book.heard(server, end.value) : undefined;
        return learned === undefined ? end : cooling(request.url, learned);
      },
      async stream(request, sink) {
        const server = serverOf(request.url);
        const running = server === undefined ? undefined : book.running(server);
        if (running !== undefined) return cooling(request.url, running);
        let learned: Cooldown | undefined;
        const end = await http.stream(request, {
          head: (head) => {
            learned = server === undefined ? undefined : book.heard(server, head);
            return learned === undefined ? sink.head(head) : 'stop';
          },
          chunk: (bytes) => sink.chunk(bytes),
        });
        return learned === undefined ? end : cooling(request.url, learned);
      },
    },
  };
}
