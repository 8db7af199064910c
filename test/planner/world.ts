import { createHash } from 'node:crypto';
import {
  asComponentId,
  asSha256,
  type Catalog,
  type CatalogState,
  type Component,
  type ComponentId,
  type ComponentPolicy,
  type Content,
  type ContentPolicy,
  type ContentType,
  type Decision,
  type Instant,
  type Inventory,
  type LoadedPolicy,
  type Origin,
  type Plan,
  type PlanInput,
  type Policy,
  type Release,
  type Revocation,
  type Sha256,
} from '../../src/model/index.ts';
import { plan } from '../../src/planner/index.ts';

/** A small world for the planner: one policy, some components, their catalogs; every part can be replaced. */

export const NOW: Instant = Date.parse('2026-11-25T08:00:00Z');
export const HOUR = 3_600_000;
export const HOST = 'c3ab8ff13720e8ad9047dd39466b3c8974e592c2fa383d4a3960714caef0c4f2';

export function id(text: string): ComponentId {
  const made = asComponentId(text);
  if (made === undefined) throw new Error(`no component id: ${text}`);
  return made;
}

export function sha(text: string): Sha256 {
  const made = asSha256(createHash('sha256').update(text).digest('hex'));
  if (made === undefined) throw new Error('no digest');
  return made;
}

/** Release N of `demo` is version 1.N, dated so that release 10 is from now and each one before a day older. */
export function release(sequence: number, more: Partial<Release> = {}): Release {
  const component = more.component ?? id('demo');
  return {
    component,
    sequence,
    version: `1.${sequence}`,
    date: NOW - (10 - sequence) * 24 * HOUR,
    channel: 'stable',
    severity: 'none',
    forced: false,
    optional: false,
    restart: 'none',
    requires: [],
    conditions: {},
    paused: false,
    package: { sha256: sha(`${component} ${sequence}`), size: 1000 + sequence, unpackedSize: 5000, format: 'tar+zstd' },
    deltas: [],
    ...more,
  };
}

export function content(sequence: number, name = 'demo'): Content {
  return { sequence, version: `1.${sequence}`, date: NOW, sha256: sha(`${name} ${sequence}`), folder: `/srv/.glued-${name}/${sequence}` };
}

export function component(name: string, installed: number | null, more: Partial<Component> = {}): Component {
  return {
    id: id(name),
    name: `The ${name}`,
    contentType: 'av',
    plugIn: 'files',
    installPath: `/srv/${name}`,
    settings: {},
    installed: installed === null ? null : { version: `1.${installed}`, sequence: installed, date: NOW, sha256: sha(`${name} ${installed}`) },
    previous: null,
    ...more,
  };
}

export function inventory(more: Partial<Inventory> = {}): Inventory {
  return { state: 'whole', loaded: null, engineVersion: null, versions: '/srv/.glued-demo', kept: [], ...more };
}

const CONTENT: ContentPolicy = { enabled: true, channel: 'stable', maxAgeHours: 48 };

export type PolicyParts = {
  readonly content?: Partial<Record<ContentType, Partial<ContentPolicy>>>;
  readonly components?: Readonly<Record<string, ComponentPolicy>>;
  readonly rollout?: Partial<Policy['rollout']>;
  readonly consent?: Partial<Policy['consent']>;
  readonly schedule?: Partial<Policy['schedule']>;
  /** keys that /etc/glued/policy.json set, beyond those of components */
  readonly set?: readonly string[];
};

export function policy(parts: PolicyParts = {}): LoadedPolicy {
  const contentOf = (type: ContentType): ContentPolicy => ({ ...CONTENT, ...parts.content?.[type] });
  const origin = (key: string, source: string): Origin => ({ key, value: null, source, overrode: [] });
  const effective: Policy = {
    schema: 1,
    servers: [{ url: 'http://127.0.0.1:8080/' }],
    trust: { rootFile: '/etc/glued/root.json' },
    proxy: { mode: 'none', noProxy: [] },
    tls: {},
    content: { av: contentOf('av'), ips: contentOf('ips'), product: contentOf('product'), agent: contentOf('agent') },
    components: new Map(Object.entries(parts.components ?? {}).map(([name, p]) => [id(name), p])),
    rollout: { forcedOverridesHold: false, forcedOverridesWindow: false, ...parts.rollout },
    schedule: { everyMinutes: 240, dailyAt: [], splayMinutes: 0, windows: [], retryWindowMinutes: 60, onBattery: 'run', onMetered: 'run', ...parts.schedule },
    consent: { optional: 'install', askTimeoutSeconds: 60, maxDeferrals: 3, ...parts.consent },
    download: { parallel: 4, maxBytesPerSecond: 0, cacheMaxBytes: 2 ** 31, timeoutSeconds: 60 },
    verify: { mustDetect: [], mustNotDetect: [], maxShrinkPercent: 50, timeoutSeconds: 300, maxMemoryBytes: 2 ** 32 },
    probation: { minutes: 10, maxRestarts: 3, bootLoopMinutes: 10 },
    plugins: { allow: [] },
    report: { format: 'native' },
    log: { level: 'info' },
    history: { keep: 200 },
  };
  const keysOf = (name: string, p: ComponentPolicy): readonly string[] =>
    Object.entries(p).flatMap(([key, value]) =>
      typeof value === 'object' ? Object.keys(value).map((leaf) => `components.${name}.${key}.${leaf}`) : [`components.${name}.${key}`],
    );
  const set = [...(parts.set ?? []), ...Object.entries(parts.components ?? {}).flatMap(([name, p]) => keysOf(name, p))];
  return {
    policy: effective,
    digest: sha(JSON.stringify([parts])),
    sources: [{ path: '/etc/glued/policy.json', trusted: true }],
    ignoredKeys: [],
    skipped: [],
    origins: [origin('content.ips.channel', '[default]'), ...set.map((key) => origin(key, '/etc/glued/policy.json'))],
  };
}

export type World = {
  readonly components?: readonly Component[];
  /** of `demo`; or of each component by name */
  readonly releases?: readonly Release[] | Readonly<Record<string, readonly Release[]>>;
  readonly revoked?: readonly Revocation[];
  readonly policy?: LoadedPolicy;
  readonly inventories?: Readonly<Record<string, Inventory>>;
  readonly catalogs?: Readonly<Record<string, CatalogState>>;
  readonly quarantine?: PlanInput['quarantine'];
  readonly cached?: readonly string[];
  readonly begun?: Readonly<Record<string, number>>;
  readonly algorithms?: PlanInput['algorithms'];
  readonly refusedDeltas?: PlanInput['refusedDeltas'];
  readonly deferrals?: PlanInput['deferrals'];
  readonly plugIns?: readonly string[];
  readonly facts?: Partial<PlanInput['facts']>;
  readonly asked?: Partial<PlanInput['asked']>;
  readonly out?: PlanInput['out'];
};

function isList(releases: NonNullable<World['releases']>): releases is readonly Release[] {
  return Array.isArray(releases);
}

export function input(world: World): PlanInput {
  const { releases = [release(10)], revoked = [] } = world;
  const byName: Readonly<Record<string, readonly Release[]>> = isList(releases) ? { demo: releases } : releases;
  const offered = Object.entries(byName).map(([name, list]): [ComponentId, CatalogState] => {
    const catalog: Catalog = { component: id(name), releases: list, revoked: name === 'demo' ? revoked : [] };
    return [id(name), { kind: 'catalog', catalog }];
  });
  const given = Object.entries(world.catalogs ?? {}).map(([name, state]): [ComponentId, CatalogState] => [id(name), state]);
  return {
    policy: world.policy ?? policy(),
    components: world.components ?? [component('demo', 5)],
    out: world.out ?? new Set(),
    inventories: new Map(Object.entries(world.inventories ?? {}).map(([name, i]) => [id(name), i])),
    catalogs: new Map([...offered, ...given]),
    quarantine: world.quarantine ?? [],
    cached: new Set(world.cached ?? []),
    begun: new Map(Object.entries(world.begun ?? {})),
    algorithms: world.algorithms ?? { agent: ['zstd'], plugIns: new Map() },
    refusedDeltas: world.refusedDeltas ?? [],
    deferrals: world.deferrals ?? [],
    plugIns: new Set(world.plugIns ?? ['files', 'clamav']),
    facts: {
      now: NOW,
      hostId: HOST,
      zone: 'UTC',
      os: 'linux',
      arch: 'x64',
      agentVersion: '0.1.0',
      agentFloor: null,
      freeBytes: new Map(),
      consents: [],
      present: 'nobody',
      ...world.facts,
    },
    asked: { components: [], contentTypes: [], force: 'no', ...world.asked },
  };
}

export function decisionOf(planned: Plan, name = 'demo'): Decision {
  const found = planned.decisions.find((d) => d.id === name);
  if (found === undefined) throw new Error(`no decision on ${name}`);
  return found;
}

/** A decision in few words: `install 10 install-newer`, `deferred held`, `failed plugin-absent`. */
export function told({ choice }: Decision): string {
  switch (choice.kind) {
    case 'install':
      return `install ${choice.release.sequence} ${choice.why.code}`;
    case 'restore':
      return `restore ${choice.to.sequence} ${choice.why.code}`;
    case 'ask':
      return `ask ${choice.release.sequence} ${choice.reason.code}`;
    case 'failed':
      return `failed ${choice.failure.why}`;
    default:
      return `${choice.kind} ${choice.reason?.code ?? 'null'}`;
  }
}

export const decideDemo = (world: World): Decision => decisionOf(plan(input(world)));
