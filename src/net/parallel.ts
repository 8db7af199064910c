import type { Http } from '../model/index.ts';
import { serverFinder } from './server-of.ts';

/** So many at once; the others wait in order. */
class Gate {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(width: number) {
    this.free = width;
  }

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((enter) => this.waiting.push(enter));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free += 1;
      else next();
    }
  }
}

/** `Http` with at most `width` requests on their way to one server, metadata and packages together: so many connections, and no more. */
export function withParallel(http: Http, servers: readonly string[], width: number): Http {
  const serverOf = serverFinder(servers);
  const gates = new Map(servers.map((s) => [s, new Gate(width)]));
  const through = <T>(url: string, work: () => Promise<T>): Promise<T> => gates.get(serverOf(url) ?? '')?.through(work) ?? work();
  return {
    document: (request) => through(request.url, () => http.document(request)),
    stream: (request, sink) => through(request.url, () => http.stream(request, sink)),
    close: () => http.close(),
  };
}
