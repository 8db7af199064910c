import { CONSOLES, type ExitCode, type Failure, failed, ok, type Outcome } from '../model/index.ts';
import { readableFolder } from '../state/index.ts';
import type { CommandContext } from './command-function.ts';
import { type Invocation, usage } from './invocation.ts';
import { status, type StatusFlags } from './status.ts';
import { watchStatus } from './status-watch.ts';

/** `glued status` as it was typed: one way of showing it, once or again and again. */
export async function statusCommand(invocation: Invocation, { around, stateDir }: CommandContext): Promise<ExitCode | Outcome<ExitCode, Failure>> {
  const path = invocation.text('field');
  const console = CONSOLES.find((c) => c === invocation.text('format'));
  const plain = invocation.flag('json') ? 'json' : 'text';
  const ways = [path, console, plain === 'json' ? plain : undefined].filter((way) => way !== undefined);
  if (ways.length > 1) return failed(usage('status is shown in one way: --json, --field or --format', invocation.command));
  // a console wants its own word for what cannot be read
  const folder = console === undefined ? readableFolder(around, stateDir) : ok();
  if (!folder.ok) return folder;
  if (!invocation.flag('watch')) return status(around, { stateDir, format: formatOf(path, console, plain) });
  if (path !== undefined || console !== undefined) return failed(usage('--watch shows text, or with --json a document a line', invocation.command));
  return watchStatus(around, { stateDir, format: plain, signal: around.signal });
}

function formatOf(path: string | undefined, console: (typeof CONSOLES)[number] | undefined, plain: 'text' | 'json'): StatusFlags['format'] {
  if (path !== undefined) return { field: path };
  return console === undefined ? plain : { console };
}
