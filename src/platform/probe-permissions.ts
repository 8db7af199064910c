import { dirname } from 'node:path';
import type { IoKind, Permission } from '../model/index.ts';
import { attempt } from './io.ts';

type Query = (what: { readonly name: string; readonly path?: string }) => unknown;

/** Deno's question about a permission, or undefined on another runtime. */
function query(): Query | undefined {
  const deno: unknown = Object.getOwnPropertyDescriptor(globalThis, 'Deno')?.value;
  if (typeof deno !== 'object' || deno === null || !('permissions' in deno)) return undefined;
  const { permissions: asked } = deno;
  if (typeof asked !== 'object' || asked === null || !('querySync' in asked) || typeof asked.querySync !== 'function') return undefined;
  const { querySync } = asked;
  return (what) => querySync.call(asked, what);
}

function isGranted(status: unknown): boolean {
  return typeof status === 'object' && status !== null && 'state' in status && status.state === 'granted';
}

/**
 * Deno's permissions; empty elsewhere. Reading and writing are asked for `folder`; of the others Deno only tells whether all of it is granted,
 * not for which hosts or programs.
 */
export function permissions(folder: string): readonly Permission[] {
  const ask = query();
  if (ask === undefined) return [];
  const placed = (['read', 'write'] as const).map((name): Permission => ({ name, state: isGranted(ask({ name, path: folder })) ? 'granted' : 'missing' }));
  const wide = (['net', 'run', 'env', 'sys'] as const).map((name): Permission => ({ name, state: isGranted(ask({ name })) ? 'granted' : 'partial' }));
  return [...placed, ...wide];
}

/** Why nothing can be written at `path`, or in the nearest folder above it that exists; undefined where it can. */
export function writeProblem(path: string): { readonly kind: IoKind; readonly detail: string } | undefined {
  const ask = query();
  if (ask !== undefined && !isGranted(ask({ name: 'write', path }))) return { kind: 'denied', detail: `Deno lacks --allow-write=${path}` };
  const { accessSync, constants } = process.getBuiltinModule('node:fs');
  for (let at = path; ; at = dirname(at)) {
    const may = attempt('access', at, () => accessSync(at, constants.W_OK));
    if (may.ok) return undefined;
    if (may.failure.kind !== 'absent' || dirname(at) === at) return may.failure;
  }
}
