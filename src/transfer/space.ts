import { dirname } from 'node:path';
import { fail, type Failure, type Files, type Io, ok, type Outcome } from '../model/index.ts';

/** What something will take on the file system of `path`, which need not exist yet. */
export type Need = { readonly path: string; readonly bytes: number; readonly files?: number; readonly purpose: string };

/** bytes that stay free whatever we do: logs, the state database and others must still be able to write */
const RESERVE_BYTES = 16 * 1024 * 1024;

type Space = { readonly freeBytes: number; readonly freeInodes: number; readonly device: number };
type Demand = { readonly space: Space; readonly needs: Need[] };

/** The space where `path` will be: that of the nearest folder above it that exists. */
export function spaceAt(files: Files, path: string): Io<Space> {
  for (let at = path; ; at = dirname(at)) {
    const space = files.space(at);
    if (space.ok || space.failure.kind !== 'absent' || dirname(at) === at) return space;
  }
}

const sum = (needs: readonly Need[], of: (need: Need) => number): number => needs.reduce((total, need) => total + of(need), 0);
/** The path of the largest need stands for its file system. */
const place = (needs: readonly Need[]): string => needs.reduce((a, b) => (b.bytes > a.bytes ? b : a)).path;

function verdict({ space, needs }: Demand): Outcome<undefined, Failure> {
  const path = place(needs);
  const purpose = needs.map((n) => n.purpose).join(', ');
  const bytes = sum(needs, (n) => n.bytes);
  const free = Math.max(0, space.freeBytes - RESERVE_BYTES);
  if (bytes > free) return fail('disk-space', { path, purpose, needed: bytes, free, reserve: RESERVE_BYTES });
  const inodes = sum(needs, (n) => n.files ?? 0);
  if (inodes > space.freeInodes) return fail('disk-inodes', { path, purpose, needed: inodes, free: space.freeInodes });
  return ok();
}

/** Before a byte is fetched: is there room for all of it, on each file system that will really hold it? (24 where not) */
export function checkSpace(ports: { readonly files: Files }, needs: readonly Need[]): Outcome<undefined, Failure> {
  const demands = new Map<number, Demand>();
  for (const need of needs) {
    if (need.bytes === 0 && (need.files ?? 0) === 0) continue;
    const space = spaceAt(ports.files, need.path);
    if (!space.ok) return fail('disk-unknown', { path: need.path, reason: space.failure.detail });
    const demand = demands.get(space.value.device) ?? { space: space.value, needs: [] };
    demand.needs.push(need);
    demands.set(space.value.device, demand);
  }
  for (const demand of demands.values()) {
    const enough = verdict(demand);
    if (!enough.ok) return enough;
  }
  return ok();
}
