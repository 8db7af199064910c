import { CONNECTION_ERRORS, DNS_WORDS, failed, type Outcome, type ProbeFailure, type ProbeLimits } from '../model/index.ts';

/** What an error of the network means. Deno's own refusals have a name and no code; a bug throws on. */
export function problemOf(error: unknown): ProbeFailure {
  if (!(error instanceof Error)) throw error;
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const code: unknown = inner instanceof Error && 'code' in inner ? inner.code : undefined;
  const detail = inner instanceof Error && inner.message !== '' ? inner.message : error.message;
  if (error.name === 'NotCapable' || error.name === 'PermissionDenied') return { kind: 'unreachable', code: error.name, detail };
  if (typeof code === 'string') return { kind: kindOf(code), code, detail };
  if (DNS_WORDS.test(detail)) return { kind: 'unresolvable', code: '', detail };
  if (error instanceof TypeError) throw error;
  return { kind: /certificate|handshake|tls|ssl/i.test(detail) ? 'tls' : 'reset', code: '', detail };
}

/** One look within its limits. `work` gets a signal that is aborted when the look is over, however it ended: it lets go of its sockets. */
export async function limited<T>(
  limits: ProbeLimits,
  late: string,
  work: (over: AbortSignal) => Promise<Outcome<T, ProbeFailure>>,
): Promise<Outcome<T, ProbeFailure>> {
  const over = new AbortController();
  let settle: (why: ProbeFailure) => void = () => undefined;
  const cut = new Promise<Outcome<T, ProbeFailure>>((resolve) => {
    settle = (why) => resolve(failed(why));
  });
  const stop = (): void => settle({ kind: 'stopped', code: '', detail: 'the time for all checks was up' });
  const timer = setTimeout(() => settle({ kind: 'timeout', code: '', detail: `${late} within ${limits.timeoutMs / 1000} s` }), limits.timeoutMs);
  limits.signal.addEventListener('abort', stop, { once: true });
  if (limits.signal.aborted) stop();
  try {
    return await Promise.race([cut, work(over.signal)]);
  } finally {
    clearTimeout(timer);
    limits.signal.removeEventListener('abort', stop);
    over.abort();
  }
}

/** A code that is not of the connection is of TLS: these probes do nothing else. */
function kindOf(code: string): ProbeFailure['kind'] {
  const trouble = CONNECTION_ERRORS[code];
  return trouble === 'connect-timeout' ? 'timeout' : (trouble ?? 'tls');
}
