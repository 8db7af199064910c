/** Run as a child by lock.test.ts: takes the lock, says so, and keeps it until it is killed. With `journal`, writes there too. */
import { createPorts } from '../../src/platform/index.ts';
import { lockState, openState } from '../../src/state/index.ts';
import { journalEntry, NOW } from './world.ts';

const [dir = '', what = ''] = process.argv.slice(2);
const { ports } = createPorts({ colour: 'never' });

function tryLock(): string | undefined {
  const lock = lockState(ports, dir, 'run --component demo', NOW);
  return lock.ok ? undefined : lock.failure.why;
}

const refused = tryLock();
if (refused !== undefined) {
  console.log(refused);
  process.exit(1);
}
// nothing here refers to the lock any more: it must be kept all the same (started with --expose-gc)
globalThis.gc?.();
if (what === 'journal') {
  const state = openState(ports, dir, NOW);
  if (state.ok) for (const stage of ['downloading', 'unpacking', 'swapping'] as const) state.value.journal.put(journalEntry('demo', stage));
}
console.log('held');
setInterval(() => undefined, 1000);
// nobody's test takes as long
setTimeout(() => process.exit(2), 60_000);
