import { type Failure, fail, ok, type Outcome } from '../model/index.ts';
import { type KeyOptions, keyFolders } from './key-folders.ts';
import { commit } from './commit.ts';
import { alone } from './lock.ts';
import type { PublisherPorts } from './ports.ts';
import { AGENT_VERSION } from './release-options.ts';
import { readLive } from './repository.ts';
import { readSettings } from './settings.ts';

export type FloorOptions = { readonly dir: string; readonly version: string } & KeyOptions;
/** `before`: null where there was none. */
export type Floored = { readonly version: string; readonly before: string | null };

/**
 * Names the oldest glued that machines may be given, in the top-level targets: signed by as many targets keys as their threshold asks for, so
 * that nobody with the agent component's key alone can lead machines back to an agent with a known fault.
 */
export async function floor(ports: PublisherPorts, options: FloorOptions): Promise<Outcome<Floored, Failure>> {
  const { dir, version } = options;
  if (!AGENT_VERSION.test(version)) return fail('repo-option', { option: 'VERSION', problem: `${JSON.stringify(version)} is no version of glued, such as 0.2.0` });
  const settings = readSettings(ports, dir);
  if (!settings.ok) return settings;
  return alone(ports, dir, () => {
    const read = readLive(ports, dir);
    if (!read.ok) return read;
    const keys = keyFolders(ports, dir, options, read.value.settings.keys);
    if (!keys.ok) return keys;
    const { delegations, targets, custom } = read.value.targets;
    const changed = { delegations, targets, custom: { ...custom, agent: { ...custom?.agent, minVersion: version } } };
    const done = commit(ports, read.value, { targets: changed }, { keys: keys.value.all, now: ports.clock.now() });
    return done.ok ? ok({ version, before: custom?.agent?.minVersion ?? null }) : done;
  });
}
