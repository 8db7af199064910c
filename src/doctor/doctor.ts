import { type CheckResult, type CheckVerdict, type DoctorDocument, rfc3339 } from '../model/index.ts';
import { redactor, withoutUrlSecrets } from '../net/index.ts';
import { SERVER_CHECKS } from './checks.ts';
import { AGENT_CHECKS } from './agent-check.ts';
import { DAEMON_CHECKS } from './daemon-check.ts';
import type { CheckRow } from './finding.ts';
import { judge } from './judge.ts';
import { NETWORK_CHECKS, RUNTIME_CHECKS } from './machine-checks.ts';
import { PEOPLE_CHECKS } from './people-checks.ts';
import { FILE_CHECKS, namedFiles, POLICY_CHECKS } from './policy-checks.ts';
import { COMPONENT_CHECKS, REGISTRY_CHECKS } from './registry-checks.ts';
import type { DoctorOptions, DoctorWorld, Scene } from './scene.ts';
import { ACCESS_CHECKS } from './server-checks.ts';
import { COOLDOWN_CHECKS, DISK_CHECKS, rooms, STATE_CHECKS } from './state-checks.ts';
import { TRUST_CHECKS } from './trust-checks.ts';

/** All checks together take no longer; servers are looked at side by side. */
export const TOTAL_MS = 60_000;

/** Looks at everything that a run rests on. Takes no lock, changes nothing, and always gives a document. */
export async function examine(world: DoctorWorld, options: DoctorOptions): Promise<DoctorDocument> {
  const { clock } = world.ports;
  const over = new AbortController();
  const end = new AbortController();
  const stop = (): void => over.abort();
  options.signal.addEventListener('abort', stop, { once: true });
  if (options.signal.aborted) stop();
  void clock.sleep(TOTAL_MS, end.signal).then(stop);
  const secrets = new Set<string>();
  const scene: Scene = {
    world,
    options,
    now: clock.now(),
    signal: over.signal,
    hide: (secret) => void secrets.add(secret),
    policy: undefined,
    components: [],
    network: undefined,
    rootBytes: undefined,
  };
  try {
    const checks = await allChecks(scene);
    return documentOf(scene, checks.map(without(secrets)));
  } finally {
    end.abort();
    options.signal.removeEventListener('abort', stop);
    await scene.network?.http.close();
  }
}

async function allChecks(scene: Scene): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  const known = new Map<string, CheckVerdict>();
  const machine = async (rows: readonly CheckRow<null>[]): Promise<void> => {
    const judged = await judge(scene, rows, null, null, known);
    for (const { id, verdict } of judged) known.set(id, verdict);
    results.push(...judged);
  };
  const each = async <S>(rows: readonly CheckRow<S>[], subjects: readonly S[], name: (subject: S) => string): Promise<void> => {
    for (const judged of await Promise.all(subjects.map((s) => judge(scene, rows, s, name(s), known)))) results.push(...judged);
  };
  await machine([...RUNTIME_CHECKS, ...POLICY_CHECKS]);
  await each(FILE_CHECKS, namedFiles(scene), ({ key }) => key);
  await machine([...STATE_CHECKS, ...DAEMON_CHECKS, ...REGISTRY_CHECKS]);
  await each(DISK_CHECKS, rooms(scene), ({ path }) => path);
  const plugIns = await scene.world.plugIns();
  const components = scene.components.map((component) => ({ component, plugIn: plugIns.get(component.plugIn), engine: undefined }));
  await each(COMPONENT_CHECKS, components, ({ component }) => component.id);
  await machine([...PEOPLE_CHECKS, ...TRUST_CHECKS, ...AGENT_CHECKS, ...COOLDOWN_CHECKS, ...NETWORK_CHECKS, ...ACCESS_CHECKS]);
  const servers = (scene.network?.servers ?? []).map((access, index) => ({ index, url: new URL(access.url), access, hop: undefined, addresses: [], clock: undefined }));
  await each(SERVER_CHECKS, servers, ({ url }) => url.href);
  return results;
}

/** No secret in any text, whoever said it: a server's answer, a runtime's message. */
function without(secrets: ReadonlySet<string>): (result: CheckResult) => CheckResult {
  const hide = redactor(secrets);
  const clean = (text: string): string => hide(withoutUrlSecrets(text));
  return (result) => ({
    ...result,
    subject: result.subject === null ? null : clean(result.subject),
    text: clean(result.text),
    evidence: result.evidence.map(clean),
    remedy: clean(result.remedy),
  });
}

function documentOf(scene: Scene, checks: readonly CheckResult[]): DoctorDocument {
  const { world: { ports: { os }, agentVersion }, policy } = scene;
  const count = (verdict: CheckVerdict): number => checks.filter((c) => c.verdict === verdict).length;
  const counts = { ok: count('ok'), warn: count('warn'), fail: count('fail'), skipped: count('skipped') };
  const first = checks.find((c) => c.verdict === 'fail');
  return {
    schema: 'glued.doctor/1',
    at: rfc3339(scene.now),
    agent: { version: agentVersion, runtime: os.runtime, os: os.platform, arch: os.arch },
    stateDir: scene.options.stateDir,
    policy: { id: policy?.policy.id ?? null, version: policy?.policy.version ?? null, digest: policy?.digest ?? null },
    verdict: counts.fail > 0 ? 'fail' : counts.warn > 0 ? 'warn' : 'ok',
    code: first?.code ?? 0,
    codeName: first?.codeName ?? 'ok',
    counts,
    checks,
  };
}
