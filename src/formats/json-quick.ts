import { isPrototypeKey } from './document.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const LINE_END = 0x0a;

/** The engine's own JSON.parse (four times faster), or undefined where anything is odd: the Reader has the last word then. */
export function quickJson(text: string, maxDepth: number): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const members = vet(value, maxDepth);
  if (Number.isNaN(members)) return undefined;
  return isWrittenSo(value, text) || members === countMembers(text) ? value : undefined;
}

/**
 * Is the text what JSON.stringify makes of its value, on one line or as our documents are written? Then no key came twice: it would be
 * there once. Nearly all that we read is, and the engine compares faster than we count.
 */
function isWrittenSo(value: unknown, text: string): boolean {
  return text.charCodeAt(1) === LINE_END ? `${JSON.stringify(value, null, 2)}\n` === text : JSON.stringify(value) === text;
}

/** Takes the prototypes off and counts the keys; NaN where a key, number, text or the depth is not allowed. */
function vet(value: unknown, depthLeft: number): number {
  if (typeof value === 'string') return value.isWellFormed() ? 0 : NaN;
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value) ? NaN : Number.isFinite(value) ? 0 : NaN;
  if (typeof value !== 'object' || value === null) return 0;
  if (depthLeft === 0) return NaN;
  let members = 0;
  if (Array.isArray(value)) {
    for (const member of value) members += vet(member, depthLeft - 1);
    return members;
  }
  for (const key of Object.keys(value)) if (isPrototypeKey(key)) return NaN;
  for (const member of Object.values(value)) members += 1 + vet(member, depthLeft - 1);
  Object.setPrototypeOf(value, null);
  return members;
}

/** Colons outside strings: as many as keys in a valid text, so that a key that came twice is missed in the value. */
function countMembers(text: string): number {
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === COLON) members++;
    if (code !== QUOTE) continue;
    for (at++; text.charCodeAt(at) !== QUOTE; at++) {
      if (text.charCodeAt(at) === BACKSLASH) at++;
    }
  }
  return members;
}
