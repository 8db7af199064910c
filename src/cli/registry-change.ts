import type { ChangeRegistry, RegistryAsk } from '../daemon/index.ts';
import type { RunOptions } from '../engine/index.ts';
import { fail, type Failure, ok, type Outcome, type RegistrationRequest, type RegistryChange } from '../model/index.ts';
import { loadPolicy } from '../policy/index.ts';
import * as plugins from '../plugins/index.ts';
import { coverageNote } from '../service/index.ts';
import { statePlace } from './places.ts';
import { inPrivateFolder } from './private-folder.ts';
import { registryAdd } from './registry-add.ts';
import { registryRemove } from './registry-remove.ts';
import type { Surroundings } from './surroundings.ts';

type Place = Pick<RunOptions, 'stateDir' | 'policyPath' | 'trustCheck'>;

/** What changes the registry of this state: for the command line, and for the daemon in its place. */
export function registryChanger(around: Surroundings, place: Place): ChangeRegistry {
  return async (ask, stop) => {
    const prepared = await prepare(around, place, ask);
    if (!prepared.ok) return prepared;
    // what is left is done at once, and whole
    return stop.signal.aborted ? fail('interrupted', { signal: stop.signalName() }) : prepared.value();
  };
}

/** All that has to be asked of others first. */
async function prepare(around: Surroundings, place: Place, ask: RegistryAsk): Promise<Outcome<() => Outcome<RegistryChange, Failure>, Failure>> {
  const { stateDir } = place;
  if (ask.kind === 'registry-remove') return ok(() => registryRemove(around, stateDir, ask.component));
  const { request, existing } = ask;
  const external = await externalOf(around, place, request.plugIn);
  const version = await ownVersion(around, request, existing);
  if (!version.ok) return version;
  const adopt = await plugins.loadAdopt();
  return ok(() =>
    registryAdd(around, {
      stateDir,
      request,
      existing,
      plugIns: new Set([...plugins.createPlugIns(around).keys(), ...external.allowed]),
      checkSettings: (component) => (external.settings === undefined ? plugins.checkSettings(component) : plugins.checkExternalSettings(component, external.settings)),
      service: (component) => (statePlace(around.os, stateDir) === 'usual' ? coverageNote(around, component) : undefined),
      adopt: (component) => adopt(around, component, version.value),
    }),
  );
}

/** Only the program itself says which glued it is. */
async function ownVersion(around: Surroundings, { id, plugIn, installPath }: RegistrationRequest, existing: 'refuse' | 'adopt'): Promise<Outcome<string | undefined, Failure>> {
  return existing === 'adopt' && plugIn === 'agent' ? plugins.agentVersionAt(around, id, installPath) : ok(undefined);
}

/** What policy allows besides the built-in plug-ins, and what the one that was named says of its settings. No policy: nothing. */
async function externalOf(around: Surroundings, place: Place, named: string): Promise<{ readonly allowed: readonly string[]; readonly settings?: readonly string[] | undefined }> {
  if (plugins.createPlugIns(around).has(named)) return { allowed: [] };
  const loaded = await loadPolicy(around, place);
  if (!loaded.ok) return { allowed: [] };
  const { allow } = loaded.value.policy.plugins;
  const asked = await inPrivateFolder(around, (scratch) => plugins.externalSettings(around, named, { allow, verify: loaded.value.policy.verify, scratch }));
  return { allowed: allow.map(({ id }) => id), settings: asked.ok ? asked.value : undefined };
}
