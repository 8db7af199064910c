import { failure, type ProbeFailure } from '../model/index.ts';
import { proxyTroubleFailure } from './proxy-trouble.ts';
import { broken, type CheckRow, fine, type Finding, skipped, took } from './finding.ts';
import type { Scene, ServerScene } from './scene.ts';

/** How long one name, and one connection, may take. */
const DNS_TIMEOUT_MS = 5000;
const TCP_TIMEOUT_MS = 5000;

/** The way to all servers: addresses, secrets, certificates and proxy are ready, as a run would want them. */
export const ACCESS_CHECKS: readonly CheckRow<null>[] = [
  {
    id: 'server-access',
    title: 'addresses, secrets and certificates for the servers',
    needs: ['policy', 'network'],
    codes: ['policy-invalid', 'policy-untrusted', 'proxy'],
    async look(scene) {
      const policy = scene.policy?.policy;
      if (policy === undefined) throw new Error('no policy');
      const network = await scene.world.network(policy, scene.hide);
      if (!network.ok) {
        const key = network.failure.data['key'];
        return broken(network.failure, [], typeof key === 'string' ? key : undefined);
      }
      scene.network = network.value;
      const count = network.value.servers.length;
      return fine(`${count} ${count === 1 ? 'server' : 'servers'}, proxy.mode ${policy.proxy.mode}`);
    },
  },
];

export const WAY_CHECKS: readonly CheckRow<ServerScene>[] = [
  {
    id: 'server-way',
    title: 'the way to the server',
    needs: ['server-access'],
    codes: ['proxy'],
    async look(scene, server) {
      const way = await scene.network?.route?.(server.url);
      if (way?.ok === false) return broken(proxyTroubleFailure(server.url.href, way.failure), [], 'proxy.mode');
      server.hop = way?.value;
      if (server.hop === undefined) return fine(scene.policy?.policy.proxy.mode === 'none' ? 'directly: proxy.mode is none' : 'directly: no proxy is named for it');
      const { address, source, authorization } = server.hop;
      return fine(`through the proxy ${address}, named by ${source}`, [`${address} (${source})${authorization === undefined ? '' : ', with credentials'}`]);
    },
  },
  {
    id: 'server-dns',
    title: 'name of the first hop',
    needs: ['server-way'],
    codes: ['no-valid-host', 'proxy'],
    async look(scene, server) {
      const { host } = firstHop(server);
      const { clock } = scene.world.ports;
      const began = clock.monotonic();
      const found = await scene.world.probe.resolve(host, { timeoutMs: DNS_TIMEOUT_MS, signal: scene.signal });
      if (!found.ok) return unresolvable(server, host, found.failure);
      server.addresses = found.value;
      const addresses = found.value.map(({ address, family }) => `${address} (IPv${family})`);
      const ms = took(clock.monotonic() - began);
      return fine(`${host}: ${addresses.join(', ')} in ${ms}`, addresses.map((one) => `${host}: ${one}`));
    },
  },
  {
    id: 'server-tcp',
    title: 'connection to the first hop',
    needs: ['server-dns'],
    codes: ['no-valid-host', 'proxy'],
    look: (scene, server) => connected(scene, server),
  },
];

/** What we open a connection to ourselves: the proxy where there is one. Without brackets. */
export function firstHop({ hop, url }: ServerScene): { readonly host: string; readonly port: number } {
  if (hop !== undefined) return { host: hop.hostname, port: Number(hop.port) };
  return { host: bare(url.hostname), port: portOf(url) };
}

export const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');
export const portOf = (url: URL): number => Number(url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port);

/** `ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:9`, in one line. */
export const problemText = ({ code, detail }: ProbeFailure): string => (code === '' || detail.includes(code) ? detail : `${code}: ${detail}`);

function unresolvable({ hop, index }: ServerScene, host: string, found: ProbeFailure): Finding {
  if (found.kind === 'stopped') return skipped('The time for all checks was up.');
  const problem = problemText(found);
  if (hop !== undefined) return broken(failure('doctor-proxy-unresolvable', { host, source: hop.source, problem }), [], 'proxy.mode');
  return broken(failure('doctor-unresolvable', { host, problem }), [], `servers[${index}].url`);
}

/** Each address by itself: a dead one costs time, even where another one answers (RFC 8305). */
async function connected(scene: Scene, server: ServerScene): Promise<Finding> {
  const { host, port } = firstHop(server);
  const { probe, ports: { clock } } = scene.world;
  const tried = await Promise.all(
    server.addresses.map(async ({ address, family }) => {
      const began = clock.monotonic();
      const end = await probe.connect(address, port, { timeoutMs: TCP_TIMEOUT_MS, signal: scene.signal });
      const ms = took(clock.monotonic() - began);
      return { end, line: `${address} (IPv${family}) port ${port}: ${end.ok ? `connected in ${ms}` : problemText(end.failure)}` };
    }),
  );
  const evidence = tried.map(({ line }) => line);
  if (tried.some(({ end }) => end.ok)) return fine(evidence.join('; '), evidence);
  const [first] = tried;
  if (first === undefined || first.end.ok) return skipped('There is no address to connect to.');
  if (first.end.failure.kind === 'stopped') return skipped('The time for all checks was up.');
  const problem = problemText(first.end.failure);
  if (server.hop !== undefined) return broken(failure('doctor-proxy-unreachable', { host, port, source: server.hop.source, problem }), evidence, 'proxy.mode');
  return broken(failure('doctor-unreachable', { host, port, problem }), evidence, `servers[${server.index}].url`);
}
