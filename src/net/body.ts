import { failed, type Http, type HttpHead, type HttpRequest, type HttpSink, ok } from '../model/index.ts';
import { isRedirect } from './redirects.ts';

/** Bytes of a redirect's own body that are read, so that its connection can be used again. */
const REDIRECT_BODY_BYTES = 64 * 1024;

/** Keeps redirects from `sink`: their Location is kept instead, their body is thrown away. */
export function draining(sink: HttpSink): { readonly sink: HttpSink; readonly redirect: () => string | undefined } {
  let location: string | undefined;
  let drained = 0;
  return {
    redirect: () => location,
    sink: {
      head: (head) => {
        const to = head.headers['location'];
        if (!isRedirect(head.status, to)) return sink.head(head);
        location = to;
        return 'go';
      },
      chunk: (bytes) => {
        if (location === undefined) return sink.chunk(bytes);
        drained += bytes.length;
        return drained > REDIRECT_BODY_BYTES ? 'stop' : 'go';
      },
    },
  };
}

/** Why reading stopped: too much of a good answer is a failure, the rest of an error page is only dropped. */
export type Cut = { readonly kind: 'too-long'; readonly detail: string } | { readonly kind: 'dropped'; readonly head: HttpHead };

/** Collects a body of at most maxBytes; a Content-Length above it is believed at once. */
export function bodyCollector(maxBytes: number): {
  readonly sink: HttpSink;
  readonly bytes: () => Uint8Array;
  readonly cut: () => Cut | undefined;
} {
  const parts: Uint8Array[] = [];
  let length = 0;
  let why: Cut | undefined;
  let head: HttpHead | undefined;
  const tooLong = (detail: string): 'stop' => {
    why = head === undefined || (head.status >= 200 && head.status < 300) ? { kind: 'too-long', detail } : { kind: 'dropped', head };
    return 'stop';
  };
  return {
    sink: {
      head: (got) => {
        head = got;
        const announced = Number(got.headers['content-length'] ?? 0);
        return announced > maxBytes ? tooLong(`${announced} bytes announced, at most ${maxBytes} allowed`) : 'go';
      },
      chunk: (bytes) => {
        if (length + bytes.length > maxBytes) return tooLong(`more than the ${maxBytes} bytes allowed`);
        length += bytes.length;
        parts.push(bytes);
        return 'go';
      },
    },
    bytes: () => {
      const all = new Uint8Array(length);
      let at = 0;
      for (const part of parts) {
        all.set(part, at);
        at += part.length;
      }
      return all;
    },
    cut: () => why,
  };
}

/** A document by way of a stream: whoever decorates the one decorates both. */
export async function documentBy(stream: Http['stream'], request: HttpRequest & { readonly maxBytes: number }): ReturnType<Http['document']> {
  const body = bodyCollector(request.maxBytes);
  const end = await stream(request, body.sink);
  if (end.ok) return ok({ ...end.value, body: body.bytes() });
  const why = body.cut();
  if (end.failure.kind !== 'stopped' || why === undefined) return end;
  return why.kind === 'dropped' ? ok({ ...why.head, body: body.bytes() }) : failed({ ...end.failure, kind: 'too-long', detail: why.detail });
}
