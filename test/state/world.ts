/** What the tests of the state share: the real ports, a folder each, and samples. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asComponentId, asSha256, type Component, type ComponentId, type Failure, type JournalEntry, type Outcome, type Ports, type RunDocument, runId, type Sha256 } from '../../src/model/index.ts';
import { createPorts } from '../../src/platform/index.ts';
import { openState, type State } from '../../src/state/index.ts';

export const NOW = Date.UTC(2026, 10, 25, 7, 0, 0);
export const { ports } = createPorts({ colour: 'never' });

let root: string | undefined;
let worlds = 0;

/** A path for a state folder that is not there yet. */
export function newDir(): string {
  root ??= mkdtempSync(join(tmpdir(), 'glued-state-'));
  return join(root, String(++worlds));
}

export function cleanUp(): void {
  if (root !== undefined) rmSync(root, { recursive: true, force: true });
}

export function must<T>(outcome: Outcome<T, unknown>): T {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.failure));
  return outcome.value;
}

/** why it failed, or 'ok' */
export const why = (outcome: Outcome<unknown, Failure>): string => (outcome.ok ? 'ok' : outcome.failure.why);

/** Opens the state, lets it be used, and closes it whatever happens. */
export function withState<T>(dir: string, use: (state: State) => T, over: Partial<Ports> = {}): T {
  const state = must(openState({ ...ports, ...over }, dir, NOW));
  try {
    return use(state);
  } finally {
    state.close();
  }
}

export function id(text: string): ComponentId {
  const made = asComponentId(text);
  if (made === undefined) throw new Error(text);
  return made;
}

export function sha(digit: string): Sha256 {
  const made = asSha256(digit.repeat(64));
  if (made === undefined) throw new Error(digit);
  return made;
}

export function component(name: string, over: Partial<Component> = {}): Component {
  return {
    id: id(name),
    name,
    contentType: 'av',
    plugIn: 'files',
    installPath: `/opt/${name}`,
    settings: { Socket: '/run/x' },
    installed: { version: '1.0', sequence: 1, date: NOW, sha256: sha('a') },
    previous: null,
    ...over,
  };
}

export function journalEntry(name: string, stage: JournalEntry['stage'], over: Partial<Component> = {}): JournalEntry {
  const snapshot = component(name, over);
  const next = { version: '2.0', sequence: 2, date: NOW, sha256: sha('b'), folder: `/opt/.glued-${name}/2` };
  const previous = { version: '1.0', sequence: 1, date: NOW, sha256: sha('a'), folder: `/opt/.glued-${name}/1` };
  return { runId: runId(NOW, new Uint8Array(10)), component: snapshot.id, stage, at: NOW, snapshot, next, previous, kind: 'install' };
}

export function runDocument(number: number, actions: Readonly<Record<string, RunDocument['components'][number]['action']>>): RunDocument {
  const at = new Date(NOW + number * 1000).toISOString();
  return {
    schema: 'glued.run/1',
    runId: runId(NOW + number * 1000, new Uint8Array(10).fill(number % 256)),
    agent: { version: '0.1.0', runtime: 'test', os: 'linux', arch: 'x64' },
    host: { id: 'h', name: 'n' },
    trigger: 'command',
    startedAt: at,
    finishedAt: at,
    outcome: 'current',
    code: 0,
    codeName: 'ok',
    policy: { id: null, version: null, digest: null, sources: [], ignoredKeys: [] },
    server: { url: null, tried: [] },
    rounds: 1,
    components: Object.entries(actions).map(([name, action]) => ({
      id: name,
      name,
      contentType: 'av',
      before: null,
      after: action === 'failed' ? null : { version: `${number}.0`, sequence: number, date: at },
      available: null,
      loaded: null,
      action,
      reason: null,
      via: 'none',
      bytes: { downloaded: 0, full: 0 },
      freshness: null,
      rollout: null,
      probation: null,
      restart: 'none',
      stages: [{ stage: 'inventory', ms: 1, outcome: 'pass' }],
    })),
    restart: 'none',
    errors: Object.entries(actions).flatMap(([name, action]) =>
      action === 'failed' ? [{ code: 11, name: 'content-test' as const, component: name, stage: 'test', text: 't', remedy: 'r' }] : [],
    ),
    notes: [],
    report: { delivered: false, queued: 0, lastError: null },
    trust: { expiresAt: null },
    next: { at: null, reason: null },
  };
}
