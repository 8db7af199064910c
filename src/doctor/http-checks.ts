import { inspectServer } from '../catalog/index.ts';
import { fail, type Failure, failure, type HttpFailure, type HttpHead, type Outcome, rfc3339 } from '../model/index.ts';
import { describeHttpFailure, looksLikeHtml, proxyFailure, serverTime } from '../net/index.ts';
import { createMetadataStore, pathOf } from '../state/index.ts';
import { broken, type CheckRow, fine, type Finding, skipped, took, warned } from './finding.ts';
import type { Scene, ServerScene } from './scene.ts';
import { expiryFinding } from './trust-checks.ts';

/** A timestamp has a few hundred bytes; a portal's page is cut there. */
const MAX_BYTES = 16_384;
/** No byte for so long, and the answer is not waited for any more. */
const IDLE_MS = 10_000;
/** Two clocks that are kept by the network differ by less (DESIGN, Fine print: a day off is fatal). */
const DRIFT_MS = 300_000;
const DAY_MS = 86_400_000;

export const HTTP_CHECKS: readonly CheckRow<ServerScene>[] = [
  {
    id: 'server-http',
    title: 'answer of the server',
    needs: ['server-tls'],
    codes: ['no-valid-host', 'proxy', 'catalog-malformed', 'cooling-down'],
    look: (scene, server) => answered(scene, server),
  },
  {
    id: 'server-clock',
    title: "clock against the server's",
    needs: ['server-tls'],
    codes: ['catalog-stale'],
    look: (_scene, server) => clockFinding(server),
  },
  {
    id: 'server-metadata',
    title: 'metadata of the server',
    needs: ['server-http', 'trust-root-file'],
    codes: ['catalog-signature', 'catalog-stale', 'catalog-malformed', 'no-valid-host', 'proxy'],
    look: (scene, server) => metadataFinding(scene, server),
  },
];

type Answer = Outcome<HttpHead & { readonly body: Uint8Array }, HttpFailure>;

async function answered(scene: Scene, server: ServerScene): Promise<Finding> {
  const { network, world: { ports: { clock } } } = scene;
  if (network === undefined) return skipped('There is no way to the servers.');
  const url = `${server.access.url}metadata/timestamp.json`;
  const key = `servers[${server.index}].url`;
  const began = clock.monotonic();
  const answer: Answer = await network.http.document({
    url, headers: server.access.headers, idleTimeoutMs: IDLE_MS, redirects: 'same-origin', signal: scene.signal, maxBytes: MAX_BYTES,
  });
  if (!answer.ok) {
    if (answer.failure.kind === 'interrupted') return skipped('The time for all checks was up.');
    return broken(transportFailure(url, answer.failure), [describeHttpFailure(answer.failure)], key);
  }
  const { status, headers, body } = answer.value;
  const there = serverTime(headers);
  server.clock = there === undefined ? undefined : { there, here: clock.now() };
  const shown = ['content-type', 'server', 'via', 'x-cache', 'retry-after', 'date'].flatMap((name) => (headers[name] === undefined ? [] : [`${name}: ${headers[name]}`]));
  const evidence = [`${url}: status ${status}, ${body.length} bytes in ${took(clock.monotonic() - began)}`, ...shown];
  if (looksLikeHtml(body, headers['content-type'] ?? '')) return broken(failure('server-html', { url }), [...evidence, `it begins: ${beginning(body)}`], key);
  if (status !== 200) return broken(failure('server-status', { url, status }), evidence, key);
  const problem = timestampProblem(body);
  if (problem !== undefined) return broken(failure('doctor-not-json', { url, bytes: body.length, problem }), evidence, key);
  return fine(evidence[0] ?? '', evidence);
}

function transportFailure(url: string, found: HttpFailure): Failure {
  if (found.kind === 'proxy') return proxyFailure(found);
  if (found.kind === 'redirect') return failure('server-redirect', { url, cause: found.detail });
  return failure('server-unreachable', { url, cause: describeHttpFailure(found) });
}

/** Only what kind of document it is: whether it may be believed is the next check. */
function timestampProblem(body: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(body);
  if (!/^\s*\{/.test(text)) return `it begins: ${beginning(body)}`;
  return /"_type"\s*:\s*"timestamp"/.test(text) ? undefined : 'its "_type" is not "timestamp"';
}

function beginning(body: Uint8Array): string {
  return new TextDecoder().decode(body.subarray(0, 120)).replace(/\s+/g, ' ').trim();
}

function clockFinding({ clock, access }: ServerScene): Finding {
  if (clock === undefined) return skipped('The server gave no answer that says what time it is there.');
  const { there, here } = clock;
  const seconds = Math.round((here - there) / 1000);
  const evidence = [`here ${rfc3339(here)}, there ${rfc3339(there)}: ${seconds} s`];
  if (Math.abs(here - there) > DAY_MS) return broken(fail('clock-off-server', { server: access.url, now: rfc3339(here), there: rfc3339(there) }).failure, evidence);
  const way = seconds > 0 ? 'ahead' : 'behind';
  if (Math.abs(here - there) > DRIFT_MS) return warned(failure('doctor-clock-drift', { server: access.url, seconds: Math.abs(seconds), way, now: rfc3339(here), there: rfc3339(there) }), evidence);
  return fine(`${Math.abs(seconds)} s apart`, evidence);
}

async function metadataFinding(scene: Scene, server: ServerScene): Promise<Finding> {
  const { network, rootBytes, world, options } = scene;
  if (network === undefined || rootBytes === undefined) return skipped('There is no root to start from.');
  const store = createMetadataStore(world.ports, pathOf(options.stateDir, 'metadata'));
  const seen = await inspectServer(
    { http: network.http, clock: world.ports.clock },
    { server: server.access, store, rootBytes, now: scene.now, signal: scene.signal, idleTimeoutMs: IDLE_MS },
  );
  if (seen.ok) return expiryFinding(server.access.url, seen.value, scene.now);
  if (seen.failure.why === 'interrupted') return skipped('The time for all checks was up.');
  return broken(seen.failure, [], `servers[${server.index}].url`);
}
