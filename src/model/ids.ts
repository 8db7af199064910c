import { hash } from 'node:crypto';

/** Brands for what can be confused: a plain string never passes for one of these. */
export type Sha256 = string & { readonly __brand: 'Sha256' };
export type ComponentId = string & { readonly __brand: 'ComponentId' };
export type RunId = string & { readonly __brand: 'RunId' };

/** Epoch milliseconds, UTC. One `now` a run, taken by the engine. */
export type Instant = number;

const SHA256 = /^[0-9a-f]{64}$/;
const RUN_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const COMPONENT_ID = /^[a-z][a-z0-9._-]{0,63}$/;

/** 64 lower-case hex digits, or undefined. */
export function asSha256(text: string): Sha256 | undefined {
  return SHA256.test(text) ? (text as Sha256) : undefined;
}

/** The SHA-256 of bytes, or of a text in UTF-8, that are here as a whole. */
export function sha256Of(data: Uint8Array | string): Sha256 {
  return hash('sha256', data, 'hex') as Sha256;
}

/** `[a-z][a-z0-9._-]{0,63}` (DESIGN, Fine print), or undefined. */
export function asComponentId(text: string): ComponentId | undefined {
  return COMPONENT_ID.test(text) ? (text as ComponentId) : undefined;
}

/** A UUID that `runId` made, read back from our own database, or undefined. */
export function asRunId(text: string): RunId | undefined {
  return RUN_ID.test(text) ? (text as RunId) : undefined;
}

/** UUIDv7 of a moment and ten random bytes (RFC 9562, 5.7). */
export function runId(now: Instant, random: Uint8Array): RunId {
  const bytes = new Uint8Array(16);
  let rest = now;
  for (let i = 5; i >= 0; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-') as RunId;
}

/** RFC 3339, UTC: `2026-11-25T06:50:05.000Z`. */
export function rfc3339(at: Instant): string {
  return new Date(at).toISOString();
}

/** A text with each time of ours as people read it, to the second: `2026-11-25 06:50:05 UTC`. What somebody typed as RFC 3339 rarely has milliseconds, and stays. */
export function timesForPeople(text: string): string {
  return text.replace(/\b(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.\d{3}Z/g, '$1 $2 UTC');
}

/** Epoch milliseconds of an RFC 3339 text with a zone, or undefined, also for a day that its month does not have. */
export function parseInstant(text: string): Instant | undefined {
  const date = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const at = Date.parse(text);
  if (date === null || Number.isNaN(at)) return undefined;
  const [year, month, day] = [date[1], date[2], date[3]].map(Number);
  return new Date(Date.UTC(year ?? 0, month ?? 0, 0)).getUTCDate() < (day ?? 0) ? undefined : at;
}
