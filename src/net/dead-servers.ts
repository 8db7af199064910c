import { failed, type Http, type HttpFailure, type HttpFailureKind } from '../model/index.ts';
import { serverFinder } from './server-of.ts';

/** Failures that say: nobody is there. Each may cost its whole time limit, once for every package. */
const NOBODY: ReadonlySet<HttpFailureKind> = new Set<HttpFailureKind>(['unresolvable', 'refused', 'unreachable', 'tls', 'connect-timeout', 'stalled']);

/** In a row, before a server is not asked any more in this run: one that never answered at once, one that did gets what an object gets. */
const STRIKES = { silent: 1, answered: 3 } as const;

type Standing = { answered: 'silent' | 'answered'; strikes: number; last: HttpFailure | undefined };

/**
 * `Http` that remembers, for this run, which servers cannot be reached: they fail at once, with what was wrong the first time, and their
 * time limits are not paid again for each package.
 */
export function withServerMemory(http: Http, servers: readonly string[]): Http {
  const serverOf = serverFinder(servers);
  const standings = new Map<string, Standing>(servers.map((s) => [s, { answered: 'silent', strikes: 0, last: undefined }]));
  const of = (url: string): Standing | undefined => standings.get(serverOf(url) ?? '');
  const dead = (at: Standing | undefined, url: string): HttpFailure | undefined => {
    if (at?.last === undefined || at.strikes < STRIKES[at.answered]) return undefined;
    return { ...at.last, url, detail: `${at.last.detail}; it was not asked again in this run` };
  };
  const lives = (at: Standing | undefined): void => {
    if (at !== undefined) Object.assign(at, { answered: 'answered', strikes: 0 });
  };
  const failedAt = (at: Standing | undefined, failure: HttpFailure): void => {
    if (at !== undefined && NOBODY.has(failure.kind)) Object.assign(at, { strikes: at.strikes + 1, last: failure });
  };
  return {
    close: () => http.close(),
    async document(request) {
      const at = of(request.url);
      const why = dead(at, request.url);
      if (why !== undefined) return failed(why);
      const end = await http.document(request);
      if (end.ok) lives(at);
      else failedAt(at, end.failure);
      return end;
    },
    async stream(request, sink) {
      const at = of(request.url);
      const why = dead(at, request.url);
      if (why !== undefined) return failed(why);
      const end = await http.stream(request, {
        head: (head) => {
          lives(at);
          return sink.head(head);
        },
        chunk: (bytes) => sink.chunk(bytes),
      });
      if (!end.ok) failedAt(at, end.failure);
      return end;
    },
  };
}
