import { type Component, failure, type PlugIn } from '../model/index.ts';
import { scanRegistry } from '../registry/index.ts';
import { externalPlugIn } from './external-plugin.ts';
import { broken, type CheckRow, fine, type Finding, skipped, warned } from './finding.ts';
import type { Scene } from './scene.ts';

/** Plug-ins whose content no engine loads, or the engine is ourselves. */
const WITHOUT_ENGINE: ReadonlySet<string> = new Set(['files', 'agent']);

export const REGISTRY_CHECKS: readonly CheckRow<null>[] = [
  {
    id: 'registry',
    title: 'registry of components',
    needs: [],
    codes: ['state', 'disk-space'],
    look(scene) {
      const { world: { ports }, options, now } = scene;
      const scanned = scanRegistry(ports, options.stateDir, now, 'read');
      if (!scanned.ok) return broken(scanned.failure);
      const { components, problems, notes, setAside } = scanned.value;
      scene.components = components;
      const [first, ...others] = problems;
      if (first !== undefined) return broken(first.failure, [...others.map(({ id }) => `not valid either: ${id}`), ...notes]);
      const [bad, ...more] = setAside;
      if (bad !== undefined) return warned(failure('doctor-registry-set-aside', { path: bad.path, others: more.length === 0 ? '' : ` (and ${more.length} more)` }), notes);
      if (components.length === 0) return warned(failure('doctor-registry-empty', {}), notes);
      return fine(components.map(({ id }) => id).join(', '), [...components.map(({ id, plugIn, installPath }) => `${id}: ${plugIn}, ${installPath}`), ...notes]);
    },
  },
];

/** A component, with what its plug-in found. */
export type ComponentScene = { readonly component: Component; readonly plugIn: PlugIn | undefined; engine: Finding | undefined };

/** A component that policy turns off costs nothing, and is not looked at. */
function offBy({ policy }: Scene, { id, contentType }: Component): string | undefined {
  if (policy?.policy.components.get(id)?.enabled === false) return `components.${id}.enabled`;
  const own = policy?.policy.components.get(id)?.enabled;
  return policy?.policy.content[contentType].enabled === false && own !== true ? `content.${contentType}.enabled` : undefined;
}

export const COMPONENT_CHECKS: readonly CheckRow<ComponentScene>[] = [
  {
    id: 'content',
    title: 'plug-in and installed content',
    needs: ['registry'],
    codes: ['plugin-load', 'state', 'disk-space'],
    async look(scene, subject) {
      const { component, plugIn } = subject;
      const { id, installPath, installed } = component;
      const off = offBy(scene, component);
      if (off !== undefined) return skipped(`Policy turns it off: ${off} is false.`);
      const external = scene.policy?.policy.plugins.allow.find((one) => one.id === component.plugIn);
      if (plugIn === undefined && external !== undefined) return externalPlugIn(scene.world.ports, external);
      if (plugIn === undefined) return broken(failure('plugin-absent', { component: id, plugIn: component.plugIn }), [], 'plugins.allow');
      const looked = await plugIn.inventory(component, 'quick', scene.signal);
      if (!looked.ok) return broken(looked.failure);
      const { state, detail = 'nothing is there', loaded, engineVersion } = looked.value;
      subject.engine = engineFinding(component, loaded, engineVersion);
      const evidence = [`${installPath}: ${state}${looked.value.detail === undefined ? '' : ` (${looked.value.detail})`}`];
      if (state === 'foreign') return broken(failure('registry-in-the-way', { path: installPath }), evidence);
      if (state === 'damaged' || (state === 'absent' && installed !== null)) {
        return warned(failure('doctor-content-damaged', { component: id, path: installPath, problem: detail }), evidence);
      }
      const what = installed === null ? 'nothing is installed yet' : `${installed.version} (${installed.sequence}) is whole`;
      return fine(`${what}, at ${installPath}`, evidence);
    },
  },
  {
    id: 'engine',
    title: 'engine of the content',
    needs: ['content'],
    codes: [],
    look: (_scene, { engine }) => engine ?? skipped('Its plug-in did not look.'),
  },
];

function engineFinding({ id, plugIn }: Component, loaded: string | null, version: string | null): Finding {
  if (WITHOUT_ENGINE.has(plugIn)) return skipped(`The plug-in ${plugIn} asks no engine.`);
  const runs = loaded === null ? 'no engine answers on its socket' : `the engine that runs says: ${loaded}`;
  const found = version === null ? 'no version is known' : `version ${version}`;
  if (version === null) return warned(failure('doctor-no-engine', { component: id }), [runs, found]);
  return fine(`${found}; ${runs}`, [found, runs]);
}
