import type { Instant } from '../model/index.ts';

/** The server's time: Date, and Age where a cache between kept the answer (RFC 9110 6.6.1, RFC 9111 5.1). */
export function serverTime(headers: Readonly<Record<string, string>>): Instant | undefined {
  const date = Date.parse(headers['date'] ?? '');
  const age = /^\d{1,9}$/.test(headers['age'] ?? '') ? Number(headers['age']) : 0;
  return Number.isNaN(date) ? undefined : date + age * 1000;
}
