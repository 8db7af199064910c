import { Buffer } from 'node:buffer';

/** What stands in place of a secret. */
export const REDACTED = '[redacted]';
/** The same inside of an address, where brackets may not stand (RFC 3986). */
const REDACTED_IN_URL = 'redacted';

/** A value so short is no secret, and would be found inside of other words. */
const LEAST_LENGTH = 4;

/**
 * What must not be shown where these headers' values are secret: each value, the part after the scheme (`Bearer …`), and what Basic
 * credentials hold (RFC 7617).
 */
export function secretsOfHeaders(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.values(headers).flatMap((value) => [value, ...credentialsIn(value)]);
}

function credentialsIn(value: string): readonly string[] {
  const [scheme = '', rest] = value.split(/ +(.*)/);
  if (rest === undefined) return [];
  if (scheme.toLowerCase() !== 'basic') return [rest];
  const plain = Buffer.from(rest, 'base64').toString('utf8');
  const colon = plain.indexOf(':');
  return colon < 0 ? [rest, plain] : [rest, plain, plain.slice(colon + 1)];
}

/** Takes secrets out of any text, also in the form that they have in an address. The longest first: one may hold another. */
export function redactor(secrets: Iterable<string>, mark: 'text' | 'url' = 'text'): (text: string) => string {
  const instead = mark === 'text' ? REDACTED : REDACTED_IN_URL;
  const forms = new Set<string>();
  for (const secret of secrets) {
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret, 'utf8').toString('base64')]) if (form.length >= LEAST_LENGTH) forms.add(form);
  }
  const all = [...forms].sort((a, b) => b.length - a.length);
  return (text) => all.reduce((rest, form) => rest.replaceAll(form, instead), text);
}

/** An address without user, password and the values of its query: what signs or names somebody stands there. */
export function shownUrl(text: string, base?: string): string {
  if (!URL.canParse(text, base)) return REDACTED_IN_URL;
  const url = new URL(text, base);
  if (url.username !== '' || url.password !== '') {
    url.username = REDACTED_IN_URL;
    url.password = '';
  }
  url.hash = '';
  if (url.search === '') return url.href;
  const names = [...url.searchParams.keys()].map((name) => `${encodeURIComponent(name)}=${REDACTED_IN_URL}`);
  return `${url.href.slice(0, url.href.indexOf('?'))}?${names.join('&')}`;
}

/** The same for every address inside of a text. */
export function withoutUrlSecrets(text: string): string {
  return text.replace(/\bhttps?:\/\/[^\s"'<>,;)]+/gi, (found) => (/[@?]/.test(found) ? shownUrl(found) : found));
}
