import type { Ports } from '../../../model/index.ts';
import { endOf, textOf } from '../../log-tail.ts';
import { reloadInLog } from './clamd-conf.ts';

/** The end of what was added that is looked at: a reload is some lines. */
const TAIL_BYTES = 64 * 1024;

/** What clamd's log says since it is followed. silent: nothing at all was added. */
export type LogWord = { readonly kind: 'loaded'; readonly signatures: number } | { readonly kind: 'failed' | 'pending' | 'silent' };

/** Follows clamd's log from its present end; undefined where there is none that can be read. */
export function followLog(files: Ports['files'], path: string | undefined): (() => LogWord) | undefined {
  const start = path === undefined ? undefined : endOf(files, path);
  if (path === undefined || start === undefined) return undefined;
  return () => {
    const end = endOf(files, path) ?? start;
    // shorter than it was: it was rotated meanwhile
    const from = end < start ? 0 : start;
    const text = end === from ? '' : textOf(files, path, Math.max(from, end - TAIL_BYTES), end);
    if (text === '') return { kind: 'silent' };
    const reload = reloadInLog(text);
    if (reload === undefined) return { kind: 'pending' };
    return reload === 'failed' ? { kind: 'failed' } : { kind: 'loaded', signatures: reload.signatures };
  };
}
