import { printableJson } from './sanitize.ts';

/** One JSON document with a line break at its end, safe on a terminal too: no control, bidirectional or invisible character is bare. */
export function jsonText(document: unknown): string {
  return `${printableJson(JSON.stringify(document, null, 2))}\n`;
}
