import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A secret with characters that every encoding changes, and letters that nothing else has. */
export const canary = (name: string): string => `cAnArY-${name}+Qz/91=&x`;

const base64At = (secret: string, shift: number): string =>
  // the groups of four that depend on this secret alone, whatever stands before and after it
  Buffer.from(`${'u'.repeat(shift)}${secret}`, 'latin1').toString('base64').slice(shift === 0 ? 0 : 4, -4);

/** Every form in which a secret could be written down. */
export function formsOf(secret: string): readonly string[] {
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ s: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('hex'),
    ...[0, 1, 2].flatMap((shift) => [base64At(secret, shift), base64At(secret, shift).replaceAll('+', '-').replaceAll('/', '_'), encodeURIComponent(base64At(secret, shift))]),
  ];
}

/** Which secrets, in which form, a text or a file's bytes hold. */
export function foundIn(bytes: string | Uint8Array, secrets: Readonly<Record<string, string>>): readonly string[] {
  const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1');
  return Object.entries(secrets).flatMap(([name, secret]) => [...new Set(formsOf(secret))].filter((form) => text.includes(form)).map((form) => `${name} as ${form}`));
}

/** Every regular file below a folder, but those whose path `except` matches. */
export function filesIn(folder: string, except: RegExp): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => !except.test(path) && lstatSync(path).isFile());
}

/** What of the secrets lies in files below a folder, as `path: secret`. */
export function foundBelow(folder: string, except: RegExp, secrets: Readonly<Record<string, string>>): readonly string[] {
  return filesIn(folder, except).flatMap((path) => foundIn(readFileSync(path), secrets).map((what) => `${path}: ${what}`));
}
