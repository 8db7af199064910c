import { asComponentId, type ComponentResult, type DoctorDocument, type HistoryEntry, type PlugInCheckDocument, type ResultError, type RunDocument, type ServiceDocument, type StatusDocument } from '../../src/model/index.ts';
import { sha } from '../planner/world.ts';

/** Documents for tests: every key is used somewhere, every nullable one is null somewhere. */

const AT = '2026-11-25T08:00:00.000Z';

export function result(id: string, more: Partial<ComponentResult> = {}): ComponentResult {
  return {
    id,
    name: `The ${id}`,
    contentType: 'av',
    before: { version: '1.5', sequence: 5, date: AT },
    after: { version: '1.5', sequence: 5, date: AT },
    available: { version: '1.5', sequence: 5, date: AT },
    loaded: null,
    action: 'current',
    reason: null,
    via: 'none',
    bytes: { downloaded: 0, full: 0 },
    freshness: null,
    rollout: null,
    probation: null,
    restart: 'none',
    stages: [],
    ...more,
  };
}

export function run(more: Partial<RunDocument> = {}): RunDocument {
  return {
    schema: 'glued.run/1',
    runId: '019ab9a0-0000-7000-8000-000000000000',
    agent: { version: '0.1.0', runtime: 'node 26.10.0', os: 'linux', arch: 'x64' },
    host: { id: 'c3ab8ff1', name: 'web-1' },
    trigger: 'command',
    startedAt: AT,
    finishedAt: AT,
    outcome: 'current',
    code: 0,
    codeName: 'ok',
    policy: { id: null, version: null, digest: null, sources: [], ignoredKeys: [] },
    server: { url: null, tried: [] },
    rounds: 0,
    components: [],
    restart: 'none',
    errors: [],
    notes: [],
    report: { delivered: false, queued: 0, lastError: null },
    trust: { expiresAt: null },
    next: { at: null, reason: null },
    ...more,
  };
}

export const UPDATED = result('clamav.main', {
  after: { version: '1.10', sequence: 10, date: AT },
  available: { version: '1.10', sequence: 10, date: AT },
  loaded: '1.10',
  action: 'updated',
  reason: { code: 'install-newer', text: 'Release 10 (1.10) is newer than the installed 5.' },
  via: 'full',
  bytes: { downloaded: 1_572_864, full: 1_572_864 },
  freshness: { contentDate: AT, ageHours: 1.5, maxAgeHours: 48, stale: false },
  probation: { until: AT },
  restart: 'logout',
  stages: [{ stage: 'downloading', ms: 12, outcome: 'pass' }],
});

export const HELD = result('demo', {
  available: { version: '1.10', sequence: 10, date: AT },
  action: 'deferred',
  reason: {
    code: 'held',
    text: 'Policy holds release 10 until 2026-11-26 20:00:00 UTC.',
    policyKey: 'content.av.hold.hours',
    source: '/etc/glued/policy.json',
    until: '2026-11-26T20:00:00.000Z',
    deferrals: { count: 1, limit: 3 },
    remedy: 'Wait until 2026-11-26 20:00:00 UTC, or shorten content.av.hold.hours.',
  },
  freshness: { contentDate: AT, ageHours: 100, maxAgeHours: 48, stale: true },
  rollout: { bucket: 12.34, percent: 50 },
});

export const REFUSED = result('rules', {
  before: null,
  after: null,
  action: 'failed',
  reason: { code: 'test-refused', text: 'The content test refused it.', remedy: 'Publish another.' },
});

export const ERROR: ResultError = {
  code: 11,
  name: 'content-test',
  component: 'rules',
  stage: 'testing',
  text: 'The content test refused release 7.',
  remedy: 'Publish a release that the engine can read.',
  detail: 'line one\nline two',
};

export const FULL_RUN = run({
  dryRun: true,
  setAside: [{ id: 'bad', path: '/var/lib/glued/NewRegistry/bad.plist.bad' }],
  outcome: 'partial',
  code: 16,
  codeName: 'done-with-errors',
  policy: {
    id: 'fleet',
    version: 3,
    digest: 'a'.repeat(64),
    sources: [{ path: '/etc/glued/policy.json', trusted: true }],
    ignoredKeys: ['content.av.new'],
  },
  server: { url: 'http://127.0.0.1:8080/', tried: [{ url: 'http://127.0.0.1:8081/', error: 'refused' }] },
  rounds: 2,
  components: [UPDATED, HELD, REFUSED],
  restart: 'logout',
  errors: [ERROR, { code: 4, name: 'no-valid-host', stage: 'trust', text: 'No server.', remedy: 'Look.' }],
  notes: ['status.json was damaged and was written anew.'],
  report: { delivered: true, queued: 2, lastError: 'the console said 503' },
  trust: { expiresAt: AT },
  next: {
    at: AT,
    reason: { code: 'next-period', text: 'Runs are 240 minutes apart.', policyKey: 'schedule.everyMinutes' },
    probation: { at: AT, reason: { code: 'next-probation', text: 'The probation of demo ends.' } },
  },
});

export const HISTORY: readonly HistoryEntry[] = [
  { at: AT, runId: '019ab9a0-0000-7000-8000-000000000000', version: '1.10', sequence: 10, action: 'updated', code: 0 },
  { at: AT, runId: '019ab9a0-0000-7000-8000-000000000001', version: null, sequence: null, action: 'failed', code: 9 },
];

export const FULL_STATUS: StatusDocument = {
  schema: 'glued.status/1',
  writtenAt: AT,
  health: 'degraded',
  summary: 'Partial.',
  last: FULL_RUN,
  components: [
    { id: 'clamav.main', lastAttempt: AT, lastSuccess: AT, installed: { version: '1.10', sequence: 10, date: AT }, history: HISTORY },
    { id: 'rules', lastAttempt: AT, lastSuccess: null, installed: null, history: [] },
  ],
  restarts: [{ id: 'clamav.main', version: '1.10', kind: 'logout', since: AT, bootId: 'b' }, { id: 'rules', version: '7', kind: 'reboot', since: AT, bootId: null }],
  next: { at: AT, reason: { code: 'next-period', text: 'Runs are 240 minutes apart.', policyKey: 'schedule.everyMinutes' } },
  trust: { expiresAt: AT },
  report: { delivered: false, queued: 0, lastError: null },
};

/** The values of a document from outside that want to steer a terminal. */
export const HOSTILE = '\u001b]0;owned\u0007\u001b[2J\r\nname\u202etxt.exe\u2066\u200b\u009b31m\u0000';

/** Of every verdict one. */
export const DOCTOR: DoctorDocument = {
  schema: 'glued.doctor/1',
  at: '2026-11-25T08:00:00.000Z',
  agent: { version: '1.2.3', runtime: 'node 26.10.0', os: 'linux', arch: 'x64' },
  stateDir: '/var/lib/glued',
  policy: { id: 'fleet', version: 3, digest: 'd'.repeat(64) },
  verdict: 'fail',
  code: 4,
  codeName: 'no-valid-host',
  counts: { ok: 1, warn: 0, fail: 1, skipped: 0 },
  checks: [
    { id: 'runtime', title: 'runtime', subject: null, verdict: 'ok', text: 'well', evidence: ['node'], remedy: '', ms: 1 },
    {
      id: 'server-tcp', title: 'connection', subject: 'http://a.test/', verdict: 'fail', text: 'No connection \u001b[31m', evidence: ['refused'], remedy: 'Look there.',
      policyKey: 'servers[0].url', source: '/etc/glued/policy.json:3', code: 4, codeName: 'no-valid-host', ms: 12,
    },
  ],
};

export const PLUGIN_CHECK: PlugInCheckDocument = {
  schema: 'glued.plugin-check/1',
  code: 0,
  codeName: 'ok',
  path: '/opt/plugins/yara',
  allow: { id: 'yara', path: '/opt/plugins/yara', sha256: sha('plug-in') },
  plugIn: { id: 'yara', version: '1.0', contentTypes: ['av', 'ips'], swap: 'files', methods: ['test'] },
  checks: [{ id: 'silent-start', title: 'it says nothing before it is asked', verdict: 'pass', found: '', fix: '', ms: 1000 }],
};

const DEMO = asComponentId('demo');
if (DEMO === undefined) throw new Error('demo is an id');

export const SERVICE: ServiceDocument = {
  schema: 'glued.service/1',
  action: 'status',
  code: 0,
  codeName: 'ok',
  readiness: 'ready',
  manager: 'systemd',
  managerRuns: true,
  root: null,
  program: ['/usr/bin/glued'],
  files: [{ path: '/etc/systemd/system/glued.timer', state: 'same' }],
  units: [{ name: 'glued.timer', installed: true, enabled: true, active: true, next: AT }, { name: 'glued.service', installed: true, enabled: null, active: null, next: null }],
  uncovered: [{ component: DEMO, path: '/opt/demo', problem: 'not-listed' }],
  notes: ['x'],
};
