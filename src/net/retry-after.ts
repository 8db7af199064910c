/** How long a server that refuses has to be left alone. Milliseconds. */
export const COOLING = {
  /** the cap of Retry-After (DESIGN, Network): a server's mistake, or a hostile one, must not keep a machine from its updates for longer */
  mostMs: 24 * 3_600_000,
  /** Retry-After: 0, or a date that has passed: not in the same breath */
  leastMs: 1000,
  /** 429 that does not say how long: long enough for a rate limit's usual window, short enough for a machine that has just started */
  firstMs: 5 * 60_000,
  /** doubled with each refusal in a row, up to the usual time between two runs: more would only make content older */
  growsToMs: 4 * 3_600_000,
  /** after so long what an earlier refusal says of a server is stale: its count begins anew */
  forgottenMs: 7 * 24 * 3_600_000,
} as const;

/** HTTP's dates end in GMT (RFC 9110, 5.6.7); Date.parse alone takes almost anything for one. */
const HTTP_DATE = /^[A-Za-z]{3,9},? .{8,24} GMT$/;

const dateOf = (text: string | undefined): number => (text !== undefined && HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN);

/** What Retry-After asks for, or undefined where it says nothing that can be read (RFC 9110, 10.2.3). */
function askedMs(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const text = (headers['retry-after'] ?? '').trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const at = dateOf(text);
  if (Number.isNaN(at)) return undefined;
  // by the server's own clock: ours may be wrong
  const there = dateOf(headers['date']);
  return at - (Number.isNaN(there) ? now : there);
}

/**
 * For how long an answer asks us to stay away, or undefined where it does not: 429 always does, 503 where it says for how long.
 * `before`: refusals in a row so far.
 */
export function coolingMs(status: number, headers: Readonly<Record<string, string>>, before: number, now: number): number | undefined {
  if (status !== 429 && status !== 503) return undefined;
  const asked = askedMs(headers, now);
  if (asked !== undefined) return Math.min(Math.max(asked, COOLING.leastMs), COOLING.mostMs);
  return status === 429 ? Math.min(COOLING.firstMs * 2 ** Math.min(before, 30), COOLING.growsToMs) : undefined;
}
