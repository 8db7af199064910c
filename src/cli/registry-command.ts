import type { RegistryAsk, RegistryEnding } from '../daemon/index.ts';
import type { RunOptions } from '../engine/index.ts';
import { type ExitCode, type Failure, ok, type Outcome, type Ports, type RegistryChange } from '../model/index.ts';
import { checkRegistration } from '../registry/index.ts';
import { jsonText, printable } from '../report/index.ts';
import { registryByDaemon } from './by-daemon.ts';
import type { CommandContext } from './command-function.ts';
import { endWithError } from './ending.ts';
import type { Invocation } from './invocation.ts';
import { registryChanger } from './registry-change.ts';

type Output = 'text' | 'json';

/** `glued registry add` and `remove`: by the daemon in its turn, where one is there, or here, under the run lock (23 while a run goes on). */
export async function registryCommand(context: CommandContext, ask: RegistryAsk, place: Pick<RunOptions, 'policyPath' | 'trustCheck'>, output: Output): Promise<ExitCode | Outcome<ExitCode, Failure>> {
  const { around, stateDir } = context;
  // what can never be a registration need not wait for its turn to be told so
  const checked = ask.kind === 'registry-add' ? checkRegistration(ask.request, stateDir) : ok();
  if (!checked.ok) return checked;
  const asked = await registryByDaemon(context, ask, place);
  if (!asked.ok) return asked;
  const ending = asked.value === undefined || mayDoMore(ask, asked.value) ? undefined : asked.value;
  if (ending?.schema === 'glued.error/1') return endWithError(ending, output, around);
  const changed = ending === undefined ? await registryChanger(around, { ...place, stateDir })(ask, around) : ok(ending);
  if (!changed.ok) return changed;
  printChange(around.terminal, changed.value, output);
  return ok(0);
}

/** A service's daemon may write only where components are registered already: what lies elsewhere is taken over by who types. */
function mayDoMore(ask: RegistryAsk, ending: RegistryEnding): boolean {
  return ask.kind === 'registry-add' && ask.existing === 'adopt' && ending.schema === 'glued.error/1' && ending.codeName === 'install';
}

/** What `glued registry add` asks for. */
export function addAsk(invocation: Invocation): RegistryAsk {
  const channel = invocation.text('channel');
  const name = invocation.text('name');
  const request = {
    id: invocation.word('ID') ?? '',
    type: invocation.text('type') ?? '',
    plugIn: invocation.text('plugin') ?? '',
    installPath: invocation.text('path') ?? '',
    settings: invocation.list('set'),
    ...(channel === undefined ? {} : { channel }),
    ...(name === undefined ? {} : { name }),
  };
  return { kind: 'registry-add', request, existing: invocation.flag('adopt') ? 'adopt' : 'refuse' };
}

/** Prints what was changed, as asked. */
export function printChange(terminal: Ports['terminal'], change: RegistryChange, output: Output): void {
  if (output === 'json') return terminal.out(jsonText(change));
  if ('removed' in change) return terminal.out(`${change.removed.id} is removed from the registry. ${printable(change.notes.join(' '))}\n`);
  terminal.out(`${change.added.id} is registered (${printable(change.file)}); the next run brings it up to date.\n`);
  for (const note of change.notes) terminal.err(`${printable(note)}\n`);
}
