import type { Ports } from '../model/index.ts';

/** The last lines of a log are what an engine said before it died. */
const LAST_BYTES = 4096;

/** The last 4 KiB of an engine's log, from the first whole line on; empty where there is none. */
export function lastLines(files: Ports['files'], path: string | undefined): string {
  const end = path === undefined ? undefined : endOf(files, path);
  if (path === undefined || end === undefined) return '';
  const from = Math.max(0, end - LAST_BYTES);
  const text = end === 0 ? '' : textOf(files, path, from, end);
  return (from === 0 ? text : text.slice(text.indexOf('\n') + 1)).trim();
}

/** Where an engine's log ends now, bytes; undefined where there is none. */
export function endOf(files: Ports['files'], path: string): number | undefined {
  const seen = files.statFollowing(path);
  return seen.ok && seen.value.type === 'file' ? seen.value.size : undefined;
}

/** What it holds from one place to another; nothing where it cannot be read. */
export function textOf(files: Ports['files'], path: string, from: number, end: number): string {
  const opened = files.openFollowing(path);
  if (!opened.ok) return '';
  const buffer = new Uint8Array(end - from);
  const count = opened.value.read(buffer, from);
  opened.value.close();
  return count.ok ? Buffer.from(buffer.subarray(0, count.value)).toString('latin1') : '';
}
