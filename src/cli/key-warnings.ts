import { printable } from '../report/index.ts';
import { looseKeys } from '../publisher/index.ts';
import type { Invocation } from './invocation.ts';
import type { Surroundings } from './surroundings.ts';

/** After every command that may sign: keys that are not their owner's alone, on stderr. */
export function warnOfKeys(invocation: Invocation, around: Surroundings): void {
  const [keys, offlineKeys] = [invocation.text('keys'), invocation.text('offline-keys')];
  const named = { ...(keys === undefined ? {} : { keys }), ...(offlineKeys === undefined ? {} : { offlineKeys }) };
  for (const warning of looseKeys(around, invocation.word('DIR') ?? '', named)) around.terminal.err(`glued: ${printable(warning)}\n`);
}
