import { timesForPeople } from './ids.ts';

/** The names between braces in a text: `Slots<'{role} expired {at}'>` is `'role' | 'at'`. */
export type Slots<T extends string> = T extends `${string}{${infer K}}${infer R}` ? K | Slots<R> : never;

/** Replaces `{name}` by its value, times as people read them; a name without a value stays as it is, so that a mistake is seen. */
export function fill(text: string, data: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(data, name) ? timesForPeople(String(data[name])) : whole));
}
