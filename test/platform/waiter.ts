/** Run as a child by signals.test.ts: tidies up for a while after the first signal, and ends with 9. 'alive': says after a while that it is still there. */
import { onSignals } from '../../src/platform/index.ts';

const { signal, name } = onSignals();
const keep = setInterval(() => undefined, 1000);
signal.addEventListener('abort', () => {
  console.log(`aborted by ${name()}`);
  setTimeout(() => {
    clearInterval(keep);
    process.exit(9);
  }, 700);
});
console.log('ready');
if (process.argv[2] === 'alive') setTimeout(() => console.log('still here'), 700);
