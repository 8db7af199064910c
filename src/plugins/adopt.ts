import { type Component, type Content, type Failure, ok, type Outcome, type Ports } from '../model/index.ts';
import { adoptFiles } from './builtin/files/adopt.ts';

/** Plug-ins whose install path is a link, or a file, of ours alone. */
const LINKED: ReadonlySet<string> = new Set(['files', 'suricata', 'agent']);

/**
 * Takes over what is at a component's install path, as release 0. Null: there is nothing to take over. What stands in the way of `clamav` is
 * set aside by its first install instead, because its folder is shared. `version`: what it is, where that is known.
 */
export function adopt(ports: Pick<Ports, 'files'>, component: Component, version?: string): Outcome<Content | null, Failure> {
  const adopted = LINKED.has(component.plugIn) ? adoptFiles(ports.files, component) : ok(null);
  return version === undefined || !adopted.ok || adopted.value === null ? adopted : ok({ ...adopted.value, version });
}
