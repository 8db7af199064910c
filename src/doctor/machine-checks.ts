import { fail, failure, rfc3339 } from '../model/index.ts';
import { broken, type CheckRow, fine, warned } from './finding.ts';

/** The agent, its clock, its network interfaces. */
export const RUNTIME_CHECKS: readonly CheckRow<null>[] = [
  {
    id: 'runtime',
    title: 'agent and runtime',
    needs: [],
    codes: [],
    look({ world: { ports: { os }, probe, agentVersion }, options: { stateDir } }) {
      const what = `glued ${agentVersion} on ${os.runtime}, ${os.platform} ${os.arch}, as user ${os.uid}`;
      const all = probe.permissions(stateDir);
      const missing = all.filter(({ state }) => state === 'missing');
      const evidence = [what, ...all.map(({ name, state }) => `Deno permission ${name}: ${state === 'partial' ? 'not for everything' : state}`)];
      // for which hosts and programs the others are, the checks that need them show
      if (missing.length > 0) return warned(failure('doctor-permissions', { missing: missing.map(({ name }) => `--allow-${name}`).join(' ') }), evidence);
      return fine(what, evidence);
    },
  },
  {
    id: 'clock',
    title: 'clock of this machine',
    needs: [],
    codes: ['catalog-stale'],
    look({ now, world }) {
      const here = `it is ${rfc3339(now)}`;
      if (now < world.buildTime) return broken(failure('clock-before-build', { now: rfc3339(now), build: rfc3339(world.buildTime) }), [here]);
      return fine(`${here}, after this agent was built`, [here, `built ${rfc3339(world.buildTime)}`]);
    },
  },
  {
    id: 'power',
    title: 'power, and cost of the network',
    needs: [],
    codes: [],
    look({ world: { ports: { os } } }) {
      const power = { ac: 'on mains power', battery: 'on battery', unknown: 'where power comes from is not known' }[os.power()];
      const network = { metered: 'the network costs by the byte', free: 'the network does not cost by the byte', unknown: 'whether the network costs by the byte is not known' }[os.networkCost()];
      return fine(`${power}; ${network}`, [power, network]);
    },
  },
];

const LOOPBACK = /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i;

export const NETWORK_CHECKS: readonly CheckRow<null>[] = [
  {
    id: 'network',
    title: 'network interfaces',
    needs: [],
    codes: ['no-network'],
    look({ world, policy }) {
      const up = world.probe.interfaces();
      const evidence = up.map(({ name, addresses }) => `${name}: ${addresses.join(', ')}`);
      if (up.length > 0 || world.ports.os.hasNetwork()) return fine(evidence.length === 0 ? 'an interface is up' : evidence.join('; '), evidence);
      const servers = policy?.policy.servers ?? [];
      if (servers.some(({ url }) => URL.canParse(url) && LOOPBACK.test(new URL(url).hostname))) return fine('no interface but loopback is up, and a server is there');
      return broken(fail('no-network', { servers: servers.length }).failure, ['no interface but loopback is up']);
    },
  },
];
