import { readNamed } from '../net/index.ts';
import { examinePolicy, readTrustRoot } from '../policy/index.ts';
import { failure, type Policy } from '../model/index.ts';
import { broken, type CheckRow, fine, warned } from './finding.ts';
import type { Scene } from './scene.ts';

/** Lines of a policy's problems that are shown; `policy check` shows them all. */
const MAX_PROBLEMS = 20;

export const POLICY_CHECKS: readonly CheckRow<null>[] = [
  {
    id: 'policy',
    title: 'policy',
    needs: [],
    codes: ['policy-missing', 'policy-invalid', 'policy-untrusted', 'state'],
    async look(scene) {
      const { policyPath, trustCheck } = scene.options;
      const examined = await examinePolicy(scene.world.ports, { trustCheck, ...(policyPath === undefined ? {} : { policyPath }) });
      if (!examined.ok) {
        const { why, data, detail } = examined.failure.failure;
        const lines = (detail ?? '').split('\n').filter((line) => line !== '');
        const more = lines.length > MAX_PROBLEMS ? [`… ${lines.length - MAX_PROBLEMS} more: glued policy check`] : [];
        const key = data['key'];
        return broken({ why, data }, [...lines.slice(0, MAX_PROBLEMS), ...more], typeof key === 'string' ? key : undefined);
      }
      scene.policy = examined.value;
      const { sources, digest, ignoredKeys, skipped, policy } = examined.value;
      const evidence = [
        ...sources.map(({ path, trusted }) => `read ${path}${trusted ? '' : ' (others can change it)'}`),
        ...skipped.map(({ path, reason }) => `passed over ${path}: ${reason}`),
        `digest ${digest}`,
      ];
      const open = sources.filter(({ trusted }) => !trusted);
      if (open.length > 0) return warned(failure('doctor-insecure', { paths: open.map(({ path }) => path).join(', ') }), evidence);
      if (ignoredKeys.length > 0) return warned(failure('doctor-ignored-keys', { keys: ignoredKeys.join(', ') }), evidence);
      const name = policy.id === undefined ? '' : ` ${policy.id}${policy.version === undefined ? '' : ` version ${policy.version}`}`;
      return fine(`the policy${name} is good: ${sources.map(({ path }) => path).join(', ')}`, evidence);
    },
  },
  {
    id: 'trust-root-file',
    title: 'trust.rootFile',
    needs: ['policy'],
    codes: ['policy-invalid'],
    look(scene) {
      const policy = scene.policy?.policy;
      if (policy === undefined) throw new Error('no policy');
      const { rootFile } = policy.trust;
      const read = readTrustRoot(scene.world.ports, policy);
      if (!read.ok) return broken(read.failure, [], 'trust.rootFile');
      scene.rootBytes = read.value;
      return fine(`${rootFile} is there, ${read.value.length} bytes`, [`${rootFile}: ${read.value.length} bytes`]);
    },
  },
];

/** A file that the policy names, with its key. */
export type NamedFile = { readonly key: string; readonly file: string; readonly kind: 'secret' | 'public' };

/** Every file of the policy but the root file. */
export function namedFiles(scene: Scene): readonly NamedFile[] {
  const policy = scene.policy?.policy;
  return policy === undefined ? [] : filesOf(policy);
}

function filesOf({ servers, proxy, tls, report }: Policy): readonly NamedFile[] {
  const all: readonly (readonly [string, string | undefined, NamedFile['kind']])[] = [
    ...servers.map((server, i): readonly [string, string | undefined, 'secret'] => [`servers[${i}].passwordFile`, server.passwordFile, 'secret']),
    ['proxy.passwordFile', proxy.passwordFile, 'secret'],
    ['tls.caFile', tls.caFile, 'public'],
    ['tls.clientCertFile', tls.clientCertFile, 'public'],
    ['tls.clientKeyFile', tls.clientKeyFile, 'secret'],
    ['report.tokenFile', report.tokenFile, 'secret'],
    ['report.secretFile', report.secretFile, 'secret'],
  ];
  return all.flatMap(([key, file, kind]) => (file === undefined ? [] : [{ key, file, kind }]));
}

export const FILE_CHECKS: readonly CheckRow<NamedFile>[] = [
  {
    id: 'policy-file',
    title: 'a file that the policy names',
    needs: ['policy'],
    codes: ['policy-untrusted', 'policy-invalid'],
    look({ world: { ports } }, { key, file, kind }) {
      const read = readNamed(ports, key, file, kind);
      if (!read.ok) return broken(read.failure, [], key);
      return fine(`${file} is there${kind === 'secret' ? ', and not for others to read' : ''}`);
    },
  },
];
