import { printableJson } from './sanitize.ts';

/** A document on one line, for a stream of them (NDJSON), as safe. */
export function jsonLine(document: unknown): string {
  return `${printableJson(JSON.stringify(document))}\n`;
}

/** One JSON document with a line break at its end, safe on a terminal too: no control, bidirectional or invisible character is bare. */
export function jsonText(document: unknown): string {
  return `${printableJson(JSON.stringify(document, null, 2))}\n`;
}
