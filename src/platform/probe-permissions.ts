import { dirname } from 'node:path';
import type { IoKind, Permission } from '../model/index.ts';
import { attempt } from './io.ts';

const NAMES = ['read', 'write', 'net', 'env', 'sys', 'run'] as const;

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

function stateOf(status: unknown): Permission['state'] {
  if (typeof status !== 'object' || status === null || !('state' in status)) return 'missing';
  if (status.state === 'granted') return 'granted';
  return 'partial' in status && status.partial === true ? 'partial' : 'missing';
}

/** Deno's permissions; empty elsewhere. A permission for some paths or hosts only counts as none: Deno does not tell which. */
export function permissions(): readonly Permission[] {
  const ask = query();
  return ask === undefined ? [] : NAMES.map((name) => ({ name, state: stateOf(ask({ name })) }));
}

/** Why nothing can be written at `path`, or in the nearest folder above it that exists; undefined where it can. */
export function writeProblem(path: string): { readonly kind: IoKind; readonly detail: string } | undefined {
  const ask = query();
  if (ask !== undefined && stateOf(ask({ name: 'write', path })) !== 'granted') return { kind: 'denied', detail: `Deno lacks --allow-write=${path}` };
  const { accessSync, constants } = process.getBuiltinModule('node:fs');
  for (let at = path; ; at = dirname(at)) {
    const may = attempt('access', at, () => accessSync(at, constants.W_OK));
    if (may.ok) return undefined;
    if (may.failure.kind !== 'absent' || dirname(at) === at) return may.failure;
  }
}
