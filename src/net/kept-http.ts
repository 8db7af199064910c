import type { Http } from '../model/index.ts';
import { createHttp, type HttpOptions } from './http.ts';

type Direct = Pick<HttpOptions, 'tls' | 'agentVersion'>;

/**
 * The client of a process that stays, for servers that are reached without a proxy. It outlives a run, with its certificates read and its
 * connections open for as long as the server keeps them; it is made anew where the certificates are others.
 */
export class KeptHttp {
  private latest: { readonly tls: Direct['tls']; readonly http: Http } | undefined;

  /** A client that the run may close without ending it. */
  async take(ports: Parameters<typeof createHttp>[0], options: Direct): Promise<Http> {
    if (this.latest === undefined || !areSame(this.latest.tls, options.tls)) {
      await this.latest?.http.close();
      this.latest = { tls: options.tls, http: await createHttp(ports, options) };
    }
    const { http } = this.latest;
    return { document: (request) => http.document(request), stream: (request, sink) => http.stream(request, sink), close: async () => undefined };
  }
}

function areSame(before: Direct['tls'], now: Direct['tls']): boolean {
  return (['ca', 'cert', 'key'] as const).every((name) => Buffer.compare(before[name] ?? NOTHING, now[name] ?? NOTHING) === 0);
}

const NOTHING = new Uint8Array(0);
