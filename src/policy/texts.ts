/** Texts of the policy that are more than their characters. */

/** An http or https address that can be a base: no credentials (they belong in files), query or fragment. */
export function asUrl(text: string): string | undefined {
  if (!/^https?:\/\/[^\s\\?#@]+$/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '' && url.hostname !== '' ? text : undefined;
}

/** A name that the time zone database has. */
export function asTimeZone(text: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(text)) return undefined;
  try {
    new Temporal.ZonedDateTime(0n, text);
    return text;
  } catch {
    return undefined;
  }
}
