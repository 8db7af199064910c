import {
  asComponentId,
  type PolicyDocument,
  type RegistryAdded,
  type RegistryEntry,
  type RegistryListed,
  type RegistryRemoved,
  type ReleaseBrief,
  type RepoDocument,
  type RepoRoleEnd,
} from '../../src/model/index.ts';
import { sha } from '../planner/world.ts';
import { ERROR } from './documents.ts';

/** What commands print besides the documents of runs: every key is used somewhere, every nullable one is null somewhere. */

const AT = '2026-11-25T08:00:00.000Z';
const FILE = '/etc/glued/policy.json';

export const POLICY: PolicyDocument = {
  schema: 'glued.policy/1',
  code: 0,
  codeName: 'ok',
  policy: { schema: 1, log: { level: 'info' } },
  digest: 'd'.repeat(64),
  sources: [{ path: FILE, trusted: true }],
  ignoredKeys: ['mood'],
  skipped: [{ path: '/etc/glued/policy.d/.x.json', reason: 'a dotfile' }],
  origins: [
    { key: 'log.level', value: 'info', source: '[default]', overrode: [] },
    { key: 'history.keep', value: 7, source: FILE, line: 2, overrode: [{ source: '[vendor] /usr/lib/glued/policy.d/a.yaml', line: 2, value: 9 }], converted: { from: 'text "7"' } },
  ],
  problems: [],
  errors: [],
};

export const POLICY_REFUSED: PolicyDocument = {
  schema: 'glued.policy/1',
  code: 21,
  codeName: 'policy-invalid',
  policy: null,
  digest: null,
  sources: [],
  ignoredKeys: [],
  skipped: [],
  problems: [{ file: FILE, line: 3, key: 'colour', found: 'a key that is not known', allowed: 'one of: schema' }, { file: FILE, key: 'servers', found: 'nothing', allowed: 'a list' }],
  errors: [ERROR],
};

const ENTRY: RegistryEntry = {
  id: 'demo',
  name: 'The demo',
  contentType: 'av',
  plugIn: 'files',
  installPath: '/opt/demo',
  channel: 'beta',
  settings: { TestCommand: '["true"]' },
  installed: { version: '1.5', sequence: 5, date: AT },
  lastAttempt: AT,
  lastSuccess: AT,
};
const FRESH: RegistryEntry = { ...ENTRY, id: 'fresh', channel: null, settings: {}, installed: null, lastAttempt: null, lastSuccess: null };

export const REGISTRY_LISTED: RegistryListed = { schema: 'glued.registry/1', components: [ENTRY, FRESH], problems: [{ id: 'bad', text: 'It is no plist.', remedy: 'Write it anew.' }], notes: ['x'] };
export const REGISTRY_ADDED: RegistryAdded = { schema: 'glued.registry/1', added: FRESH, file: '/var/lib/glued/NewRegistry/fresh.plist', notes: ['x'] };
export const REGISTRY_REMOVED: RegistryRemoved = { schema: 'glued.registry/1', removed: { id: 'demo', installPath: '/opt/demo' }, notes: ['x'] };

const DEMO = asComponentId('demo');
if (DEMO === undefined) throw new Error('demo is an id');

const RELEASE: ReleaseBrief = { sequence: 5, version: '1.5', channel: 'stable' };
const ROOT_END: RepoRoleEnd = { role: 'root', version: 2, expires: AT, change: 'made' };
const FINDING = { code: 9, codeName: 'download', text: 'It is missing.', remedy: 'Publish it again.' } as const;

/** What each `glued repo` command prints. */
export const REPO: { readonly [D in RepoDocument as D['schema']]: readonly D[] } = {
  'glued.repo-init/1': [{ schema: 'glued.repo-init/1', dir: '/srv/content', keys: '/secure/keys', rootFile: '/srv/content/root.json', keyFiles: ['root-1.pem'] }],
  'glued.repo-add/1': [{ schema: 'glued.repo-add/1', id: 'demo', keyFile: 'component-demo.pem' }],
  'glued.repo-publish/1': [
    {
      schema: 'glued.repo-publish/1',
      id: 'demo',
      ...RELEASE,
      date: AT,
      package: { sha256: sha('package'), size: 10, unpackedSize: 100, unpackedSha256: sha('tar'), format: 'tar+zstd' },
      deltas: [
        { fromSequence: 4, sha256: sha('delta'), size: 1, algorithm: 'zstd', percent: 10 },
        { fromSequence: 3, sha256: sha('vendor'), size: 2, algorithm: 'cdiff', percent: 20, outcome: { sha256: sha('outcome'), size: 99 } },
      ],
      deltasSkipped: [{ fromSequence: 2, reason: 'it would save nothing' }],
      notes: ['x'],
      warnings: ['x'],
    },
  ],
  'glued.repo-revoke/1': [
    { schema: 'glued.repo-revoke/1', id: 'demo', ...RELEASE, sha256: sha('package'), reason: 'bad', change: 'made', safe: RELEASE, newest: RELEASE, alsoRevoked: [RELEASE], warnings: ['x'] },
    { schema: 'glued.repo-revoke/1', id: 'demo', ...RELEASE, sha256: sha('package'), reason: 'bad', change: 'none', safe: null, newest: null, alsoRevoked: [], warnings: [] },
  ],
  'glued.repo-pause/1': [
    { schema: 'glued.repo-pause/1', id: 'demo', ...RELEASE, paused: true, instead: 4, change: 'made', warnings: ['x'] },
    { schema: 'glued.repo-pause/1', id: 'demo', ...RELEASE, paused: false, instead: null, change: 'none', warnings: [] },
  ],
  'glued.repo-floor/1': [{ schema: 'glued.repo-floor/1', version: '0.2.0', before: '0.1.0' }, { schema: 'glued.repo-floor/1', version: '0.2.0', before: null }],
  'glued.repo-refresh/1': [{ schema: 'glued.repo-refresh/1', timestampVersion: 7 }],
  'glued.repo-renew/1': [{ schema: 'glued.repo-renew/1', roles: [ROOT_END, { ...ROOT_END, role: 'demo', change: 'none' }], warnings: ['x'] }],
  'glued.repo-rotate/1': [
    {
      schema: 'glued.repo-rotate/1',
      keys: [{ role: 'root', files: ['/secure/keys/root-3.pem'], keyids: [sha('new')], retired: ['/secure/keys/root-1.pem.retired'], elsewhere: [sha('old')] }],
      bridged: ['timestamp'],
      roles: [ROOT_END],
      warnings: ['x'],
    },
  ],
  'glued.repo-prune/1': [
    { schema: 'glued.repo-prune/1', components: [{ id: 'demo', kept: 20, removed: [2, 1] }], removed: { files: 3, bytes: 99 }, waiting: { files: 2, bytes: 9, next: AT }, warnings: ['x'] },
    { schema: 'glued.repo-prune/1', dryRun: true, components: [], removed: { files: 0, bytes: 0 }, waiting: { files: 0, bytes: 0, next: null }, warnings: [] },
  ],
  'glued.repo-check/1': [
    {
      schema: 'glued.repo-check/1',
      dir: '/srv/content',
      expires: [{ role: 'timestamp', at: AT }],
      counts: { metadata: 5, components: 1, releases: 3, packages: 3, deltas: 2, bytes: 1000 },
      revoked: [{ id: DEMO, sequence: 5, version: '1.5', reason: 'bad', safeSequence: 4 }, { id: DEMO, sequence: 9, version: null, reason: 'bad', safeSequence: null }],
      paused: [{ id: DEMO, sequence: 5, version: '1.5' }],
      problems: [FINDING],
      warnings: [FINDING],
    },
  ],
};
