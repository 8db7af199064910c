/** Run as a child by lock.test.ts: takes the lock, says so, and keeps it until it is killed. With `journal`, writes there too. */
import { createPorts } from '../../src/platform/index.ts';
import { lockState, openState } from '../../src/state/index.ts';
import { journalEntry, NOW } from './world.ts';

const [dir = '', what = ''] = process.argv.slice(2);
const { ports } = createPorts({ colour: 'never' });
const lock = lockState(ports, dir, 'run --component demo', NOW);
if (!lock.ok) {
  console.log(lock.failure.why);
  process.exit(1);
}
if (what === 'journal') {
  const state = openState(ports, dir, NOW);
  if (state.ok) for (const stage of ['downloading', 'unpacking', 'swapping'] as const) state.value.journal.put(journalEntry('demo', stage));
}
console.log('held');
setInterval(() => undefined, 1000);
