import { type Failure, type HistoryEntry, ok, type Outcome, type Ports } from '../model/index.ts';
import { scanRegistry } from '../registry/index.ts';
import { readHistory } from '../state/index.ts';

/** More than the policy keeps of any component by default. */
const ENTRIES = 1000;

/** Each component's history, newest first; a registered one that was never run has an empty one. Takes no lock and makes nothing. */
export function loadHistory(
  ports: Pick<Ports, 'clock' | 'files' | 'os' | 'sql'>,
  stateDir: string,
): Outcome<ReadonlyMap<string, readonly HistoryEntry[]>, Failure> {
  const read = readHistory(ports, stateDir, ENTRIES);
  if (!read.ok) return read;
  const all = new Map(read.value);
  const registry = scanRegistry(ports, stateDir, ports.clock.now(), 'read');
  if (registry.ok) for (const { id } of registry.value.components) if (!all.has(id)) all.set(id, []);
  return ok(all);
}
