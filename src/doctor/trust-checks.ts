import { inspectTrust, type RoleSeen, type TopRole } from '../catalog/index.ts';
import { failure, rfc3339 } from '../model/index.ts';
import { createMetadataStore, pathOf } from '../state/index.ts';
import { broken, type CheckRow, fine, type Finding, skipped, warned } from './finding.ts';

const DAY_MS = 86_400_000;
/**
 * How many days before its end each role is told of. Root and targets are signed by hand: a month to find the keys. Snapshot and timestamp
 * are signed again by `repo refresh`, every day by rights; what is nearer to its end was forgotten.
 */
const WARN_DAYS = { root: 30, targets: 30, snapshot: 3, timestamp: 1 } as const satisfies Record<TopRole, number>;
/** From here on a root, or targets, is urgent. */
const URGENT_DAYS = 7;

/** What is to be said of the expiry of roles that are good now. */
export function expiryFinding(from: string, roles: readonly RoleSeen[], now: number): Finding {
  const evidence = roles.map(lineOf);
  const soon = roles.filter(({ role, expires }) => expires - now < WARN_DAYS[role] * DAY_MS);
  const first = soon.reduce<RoleSeen | undefined>((a, b) => (a === undefined || b.expires < a.expires ? b : a), undefined);
  if (first === undefined) return fine(roles.map(({ role, expires }) => `${role} until ${rfc3339(expires).slice(0, 10)}`).join(', '), evidence);
  const days = Math.floor((first.expires - now) / DAY_MS);
  const { role, version, expires } = first;
  return warned(failure('doctor-expires-soon', { from, role, version, days, at: rfc3339(expires), urgency: days < URGENT_DAYS ? 'Now. ' : '' }), evidence);
}

const lineOf = ({ role, version, expires }: RoleSeen): string => `${role}: version ${version}, expires ${rfc3339(expires)}`;

export const TRUST_CHECKS: readonly CheckRow<null>[] = [
  {
    id: 'trust',
    title: 'trusted root and cached metadata',
    needs: ['trust-root-file'],
    codes: ['policy-invalid'],
    look({ world, options, rootBytes, now }) {
      if (rootBytes === undefined) return skipped('There is no root file.');
      const notes: string[] = [];
      const store = createMetadataStore(world.ports, pathOf(options.stateDir, 'metadata'), (text) => notes.push(text));
      const { anchor, root, cached, notes: broke } = inspectTrust(store, rootBytes);
      if (!root.ok) return broken(root.failure, [], 'trust.rootFile');
      if (!anchor.ok) return broken(anchor.failure, [], 'trust.rootFile');
      const evidence = [
        `trust.rootFile: version ${anchor.value.version}, expires ${rfc3339(anchor.value.expires)}`,
        `trusted root: version ${root.value.version}, expires ${rfc3339(root.value.expires)}, from ${root.value.from === 'cache' ? 'the cache' : 'trust.rootFile'}`,
        ...cached.filter(({ role }) => role !== 'root').map((one) => `cached ${lineOf(one)}`),
        ...(cached.length === 0 ? ['no metadata is cached yet'] : []),
      ];
      const trouble = [...broke, ...notes][0];
      if (trouble !== undefined) return warned(failure('doctor-cache-broken', { problem: trouble }), evidence);
      const held = [root.value, ...cached.filter(({ role }) => role !== 'root')];
      const expired = held.find(({ expires }) => expires <= now);
      if (expired !== undefined) return warned(failure('doctor-cache-expired', { role: expired.role, at: rfc3339(expired.expires) }), evidence);
      // what is short-lived is judged where it is served: here it may be as old as the last run
      const long = expiryFinding('The trusted metadata of this machine', held.filter(({ role }) => role === 'root' || role === 'targets'), now);
      return long.verdict === 'warn' ? { ...long, evidence } : fine(`root version ${root.value.version} until ${rfc3339(root.value.expires).slice(0, 10)}`, evidence);
    },
  },
];
