/** Run as a child by signals.test.ts: tidies up for a while after the first signal, and ends with 9. */
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
