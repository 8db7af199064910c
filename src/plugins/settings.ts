import { type Component, type Failure, fail, ok, type Outcome } from '../model/index.ts';
import { testCommand } from './builtin/files/test-command.ts';

/** The settings that each built-in plug-in reads; docs/plugins.md tells what they mean. */
export const PLUGIN_SETTINGS: ReadonlyMap<string, readonly string[]> = new Map([
  ['files', ['TestCommand']],
  ['clamav', ['Socket', 'EnginePath', 'ConfigFile', 'SignRoot']],
  ['agent', []],
  ['suricata', ['CommandSocket', 'EnginePath', 'ConfigFile', 'Filters']],
]);

/**
 * For `registry add`: a setting that a built-in plug-in does not read would be passed over for ever, and a content test that nobody
 * runs looks like one that passes. What an external plug-in reads, it alone knows.
 */
export function checkSettings(component: Component): Outcome<undefined, Failure> {
  const known = PLUGIN_SETTINGS.get(component.plugIn);
  const strange = known === undefined ? undefined : Object.keys(component.settings).find((key) => !known.includes(key));
  if (known !== undefined && strange !== undefined) {
    return fail('setting-unknown', { component: component.id, plugIn: component.plugIn, setting: strange, known: known.join(', ') });
  }
  const command = component.plugIn === 'files' ? testCommand(component) : ok();
  return command.ok ? ok() : command;
}
