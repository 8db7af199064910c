import { failure, rfc3339, type SeenCertificate, type SeenTls } from '../model/index.ts';
import { tlsMaterial, tlsOptions } from '../net/index.ts';
import { broken, type CheckRow, fine, type Finding, skipped, took, warned } from './finding.ts';
import type { Scene, ServerScene } from './scene.ts';
import { bare, portOf, problemText } from './server-checks.ts';

/** A handshake through a proxy takes several round trips. */
const TLS_TIMEOUT_MS = 10_000;
/** A certificate that ends sooner is told: renewals fail for days before anybody looks. */
const SOON_DAYS = 14;
const DAY_MS = 86_400_000;

/** Codes of a chain that leads to nobody whom we know (OpenSSL's names). */
const UNKNOWN_ISSUER: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT',
]);

export const TLS_CHECKS: readonly CheckRow<ServerScene>[] = [
  {
    id: 'server-tls',
    title: 'TLS with the server',
    needs: ['server-tcp'],
    codes: ['no-valid-host', 'proxy'],
    look: (scene, server) => (server.url.protocol === 'https:' ? handshake(scene, server) : fine('plain http: what is signed is protected all the same')),
  },
];

async function handshake(scene: Scene, server: ServerScene): Promise<Finding> {
  const { world, policy } = scene;
  const material = tlsMaterial(world.ports, policy?.policy.tls ?? {});
  if (!material.ok) return broken(material.failure);
  const host = bare(server.url.hostname);
  const { hop } = server;
  const tunnel = hop === undefined ? {} : { tunnel: { protocol: hop.protocol, host: hop.hostname, port: Number(hop.port), ...(hop.authorization === undefined ? {} : { authorization: hop.authorization }) } };
  const began = world.ports.clock.monotonic();
  const options = await tlsOptions(material.value);
  const seen = await world.probe.tls({ host, port: portOf(server.url), ...tunnel, ...options }, { timeoutMs: TLS_TIMEOUT_MS, signal: scene.signal });
  if (!seen.ok) {
    if (seen.failure.kind === 'stopped') return skipped('The time for all checks was up.');
    const problem = problemText(seen.failure);
    if (hop !== undefined && seen.failure.kind === 'proxy') {
      return broken(failure('proxy-failed', { hop: hop.address, source: hop.source, url: server.url.href, problem }), [], 'proxy.mode');
    }
    return broken(failure('doctor-tls-handshake', { host: server.url.host, problem }), [], `servers[${server.index}].url`);
  }
  return verdict(scene, server, seen.value, took(world.ports.clock.monotonic() - began));
}

function verdict({ now }: Scene, { url, index }: ServerScene, seen: SeenTls, ms: string): Finding {
  const host = url.host;
  const evidence = [seen.protocol, ...seen.chain.map((one, i) => lineOf(one, i, now))];
  const last = seen.chain.at(-1);
  if (seen.trust !== null) {
    const { code, detail } = seen.trust;
    const key = UNKNOWN_ISSUER.has(code) ? 'tls.caFile' : `servers[${index}].url`;
    const what = UNKNOWN_ISSUER.has(code)
      ? failure('doctor-tls-issuer', { host, issuer: last?.issuer || 'nobody who is named' })
      : failure('doctor-tls-untrusted', { host, problem: `${code}: ${detail}` });
    return broken(what, [...evidence, `refused: ${code}`], key);
  }
  const next = seen.chain.reduce<SeenCertificate | undefined>((a, b) => (a === undefined || b.validTo < a.validTo ? b : a), undefined);
  if (next === undefined) return fine(`${seen.protocol} in ${ms}, believed`, evidence);
  const days = daysLeft(next, now);
  if (days < SOON_DAYS) return warned(failure('doctor-tls-ends', { subject: next.subject, host, days, at: rfc3339(next.validTo) }), evidence);
  return fine(`${seen.protocol} in ${ms}, issued by ${seen.chain[0]?.issuer ?? 'nobody'}, ${days} days left`, evidence);
}

const daysLeft = ({ validTo }: SeenCertificate, now: number): number => Math.floor((validTo - now) / DAY_MS);

function lineOf(one: SeenCertificate, at: number, now: number): string {
  const { subject, issuer, validFrom, validTo, sha256 } = one;
  const self = subject === issuer ? ' (itself)' : '';
  return `${at}: ${subject}, issued by ${issuer}${self}, ${rfc3339(validFrom)} to ${rfc3339(validTo)} (${daysLeft(one, now)} days left), SHA-256 ${sha256}`;
}
