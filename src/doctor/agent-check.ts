import { offlineAgentFloor } from '../catalog/index.ts';
import { type Component, failure, isBelowFloor, rfc3339 } from '../model/index.ts';
import { createMetadataStore, createProbations, pathOf } from '../state/index.ts';
import { type CheckRow, fine, warned } from './finding.ts';
import type { Scene } from './scene.ts';

/** How glued itself stands: what runs, what is installed, what it is held to, and the way back. */
export const AGENT_CHECKS: readonly CheckRow<null>[] = [
  {
    id: 'agent',
    title: 'glued itself',
    needs: ['registry'],
    codes: [],
    look(scene) {
      const { agentVersion } = scene.world;
      const component = scene.components.find((c) => c.contentType === 'agent');
      const floor = floorOf(scene);
      const evidence = [`runs: glued ${agentVersion}`, `oldest that the publisher allows: ${floor ?? 'any'}`, ...(component === undefined ? [] : standingOf(scene, component))];
      if (isBelowFloor(floor, agentVersion)) return warned(failure('doctor-agent-below-floor', { version: agentVersion, floor: floor ?? '' }), evidence);
      if (component === undefined) return fine(`glued ${agentVersion}; it does not update itself (no component of type agent is registered)`, evidence);
      return fine(`glued ${agentVersion}; kept up to date as ${component.id} at ${component.installPath}`, evidence);
    },
  },
];

function floorOf({ world, options, rootBytes }: Scene): string | null {
  if (rootBytes === undefined) return null;
  return offlineAgentFloor(createMetadataStore(world.ports, pathOf(options.stateDir, 'metadata'), () => undefined), rootBytes);
}

function standingOf({ world: { ports }, options }: Scene, { id, installed, previous }: Component): readonly string[] {
  const listed = createProbations(ports, options.stateDir).list();
  const open = listed.ok ? listed.value.probations.find((p) => p.component.id === id && p.next.sequence === installed?.sequence) : undefined;
  const nameOf = (one: Component['installed']): string => (one === null ? 'none' : `${one.version} (${one.sequence})`);
  return [`installed: ${nameOf(installed)}`, `before it: ${nameOf(previous)}`, open === undefined ? 'nothing of it is on probation' : `on probation until ${rfc3339(open.until)}`];
}
