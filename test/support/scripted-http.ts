import type { Clock, Cooldown, CooldownStore, Http, HttpFailureKind, HttpHead, HttpRequest, Outcome } from '../../src/model/index.ts';
import { ok } from '../../src/model/index.ts';

export type Reply = { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: Uint8Array } | { readonly fails: HttpFailureKind };

/** `Http` that answers as `reply` says, and remembers what it was asked. */
export class ScriptedHttp implements Http {
  readonly asked: string[] = [];
  reply: (url: string) => Reply | Promise<Reply> = () => ({ status: 200 });

  async document(request: HttpRequest & { readonly maxBytes: number }): ReturnType<Http['document']> {
    const head = await this.answer(request);
    return head.ok ? ok({ ...head.value, body: head.value.body }) : head;
  }

  async stream(request: HttpRequest, sink: Parameters<Http['stream']>[1]): ReturnType<Http['stream']> {
    const head = await this.answer(request);
    if (!head.ok) return head;
    const { body, ...rest } = head.value;
    if (sink.head(rest) === 'stop' || (await sink.chunk(body)) === 'stop') return { ok: false, failure: { kind: 'stopped', url: request.url, detail: 'stopped' } };
    return ok(rest);
  }

  async close(): Promise<void> {}

  private async answer({ url }: HttpRequest): Promise<Outcome<HttpHead & { readonly body: Uint8Array }, { kind: HttpFailureKind; url: string; detail: string }>> {
    this.asked.push(url);
    const reply = await this.reply(url);
    if ('fails' in reply) return { ok: false, failure: { kind: reply.fails, url, detail: `simulated ${reply.fails}` } };
    return ok({ status: reply.status, headers: reply.headers ?? {}, url, body: reply.body ?? new Uint8Array() });
  }
}

type DocumentRequest = HttpRequest & { readonly maxBytes: number };

/** A request for `url` without any opinion. */
export function requestOf(url: string, more: Partial<DocumentRequest> = {}): DocumentRequest {
  return { url, headers: {}, idleTimeoutMs: 1000, redirects: 'same-origin', signal: new AbortController().signal, maxBytes: 1000, ...more };
}

/** A clock that stands until it is set; whoever sleeps moves it. */
export function standingClock(at = Date.parse('2026-11-25T12:00:00Z')): Clock & { at: number } {
  const clock = {
    at,
    now: (): number => clock.at,
    monotonic: (): number => clock.at,
    sleep: async (ms: number): Promise<void> => {
      clock.at += ms;
    },
  };
  return clock;
}

/** Cooldowns in memory. */
export function memoryCooldowns(...rows: readonly Cooldown[]): CooldownStore & { readonly rows: Map<string, Cooldown> } {
  const kept = new Map(rows.map((row) => [row.server, row]));
  return {
    rows: kept,
    list: () => ok([...kept.values()]),
    put: (row) => {
      kept.set(row.server, row);
      return ok();
    },
    drop: (server) => {
      kept.delete(server);
      return ok();
    },
  };
}
