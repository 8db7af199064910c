/** What the plug-ins' tests stand on: a folder of their own, the real ports with a decorated file system, contents made on the spot. */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { manifestBytes } from '../../src/formats/manifest.ts';
import {
  asComponentId,
  asSha256,
  type Component,
  type Content,
  type Failure,
  failureText,
  type Files,
  type Installed,
  type Io,
  type Job,
  type ManifestEntry,
  type Outcome,
  type PlugIn,
  type Ports,
  type Release,
} from '../../src/model/index.ts';
import { createPlugIns } from '../../src/plugins/index.ts';
import { createPorts } from '../../src/platform/index.ts';

export const realPorts: Ports = createPorts({ colour: 'never' }).ports;

export const VERIFY: Job['verify'] = { mustDetect: [], mustNotDetect: [], maxShrinkPercent: 50, timeoutSeconds: 20, maxMemoryBytes: 2 * 1024 ** 3 };

const made: string[] = [];
process.on('exit', () => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A new folder that is gone when the test process ends. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'glued-plugins-'));
  made.push(folder);
  return folder;
}

export function componentAt(plugIn: string, installPath: string, settings: Record<string, string> = {}): Component {
  const id = asComponentId('demo');
  if (id === undefined) throw new Error('not an id');
  return { id, name: 'Demo', contentType: 'av', plugIn, installPath, settings, installed: null, previous: null };
}

export type Tree = Readonly<Record<string, string | Uint8Array>>;

/** Writes unpacked content as the engine leaves it: `manifest.json` and `content/…`. A value that begins with `->` is a link. */
export function writeContent(versions: string, sequence: number, shape: 'file' | 'tree', tree: Tree, mode: 0o644 | 0o755 = 0o644): Content {
  const folder = join(versions, String(sequence));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'content'), { recursive: true });
  const folders = new Set<string>();
  const entries: ManifestEntry[] = [];
  for (const [path, body] of Object.entries(tree)) {
    for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) folders.add(parent);
    const bytes = Buffer.from(body);
    mkdirSync(dirname(join(folder, 'content', path)), { recursive: true });
    writeFileSync(join(folder, 'content', path), bytes, { mode });
    entries.push({ type: 'file', path, size: bytes.length, sha256: sha256(bytes), mode });
  }
  folders.forEach((path) => entries.push({ type: 'folder', path }));
  entries.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const bytes = manifestBytes({ schema: 'glued.manifest/1', shape, entries });
  writeFileSync(join(folder, 'manifest.json'), bytes);
  return { sequence, version: `${sequence}.0`, date: sequence * 1000, sha256: sha256(bytes), folder };
}

export function sha256(bytes: Uint8Array): NonNullable<ReturnType<typeof asSha256>> {
  const hash = asSha256(createHash('sha256').update(bytes).digest('hex'));
  if (hash === undefined) throw new Error('no hash');
  return hash;
}

export function installedAs(component: Component, content: Content | null, previous: Content | null = null): Component {
  const bare = (c: Content | null): Installed | null => {
    if (c === null) return null;
    const { folder: _, ...installed } = c;
    return installed;
  };
  return { ...component, installed: bare(content), previous: bare(previous) };
}

export function jobOf(component: Component, next: Content, previous: Content | null, root: string, more: Partial<Job> = {}): Job {
  return { component, next, previous, verify: VERIFY, scratch: join(root, 'scratch'), now: 0, signal: new AbortController().signal, ...more };
}

export function releaseOf(component: Component, content: Content): Release {
  return {
    component: component.id,
    sequence: content.sequence,
    version: content.version,
    date: content.date,
    channel: 'stable',
    severity: 'none',
    forced: false,
    optional: false,
    restart: 'none',
    requires: [],
    conditions: {},
    paused: false,
    package: { sha256: content.sha256, size: 1, unpackedSize: 1, format: 'tar+zstd' },
    deltas: [],
  };
}

/** The value, or the failure as text. */
export function valueOf<T>(outcome: Outcome<T, Failure>): T {
  if (outcome.ok) return outcome.value;
  throw new Error(`${outcome.failure.why}: ${failureText(outcome.failure)} ${outcome.failure.detail ?? ''}`);
}
export function whyOf(outcome: Outcome<unknown, Failure>): string {
  return outcome.ok ? 'ok' : outcome.failure.why;
}

/** Every name below a folder that does not begin with a dot, with its bytes' hash; a path that is a file is `.`. Follows links. */
export function readView(path: string): Readonly<Record<string, string>> {
  const view: Record<string, string> = {};
  const walk = (at: string, name: string): void => {
    if (!existsSync(at)) return;
    if (statSync(at).isDirectory()) {
      for (const child of readdirSync(at)) if (!child.startsWith('.')) walk(join(at, child), name === '.' ? child : `${name}/${child}`);
    } else view[name] = sha256(readFileSync(at));
  };
  walk(path, '.');
  return sorted(view);
}

export function viewOf(tree: Tree): Readonly<Record<string, string>> {
  return sorted(Object.fromEntries(Object.entries(tree).map(([name, body]) => [name, sha256(Buffer.from(body))])));
}

const sorted = (view: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(view).sort(([a], [b]) => (a < b ? -1 : 1)));

export const isThere = (path: string): boolean => {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
};

/** Thrown by `dyingFiles`, as a kill would end everything. */
export class Killed extends Error {}

const CHANGING = ['append', 'chmod', 'create', 'link', 'makeFolder', 'remove', 'removeTree', 'rename', 'replace', 'symlink', 'syncFolder', 'syncTree'] as const;

/** A file system until its n-th changing operation (from 0), which does not happen: `die` throws, `fail` says that the disk is full. */
export function dyingFiles(base: Files, n: number, end: 'die' | 'fail', onCount: (count: number) => void = () => undefined): Files {
  let count = 0;
  const strike = (op: string, path: string): Io<never> | undefined => {
    onCount(count + 1);
    if (count++ !== n) return undefined;
    if (end === 'die') throw new Killed(`${op} ${path}`);
    return { ok: false, failure: { kind: 'full', op, path, detail: 'ENOSPC' } };
  };
  return new Proxy(base, {
    get: (target, key: keyof Files) => {
      const method: unknown = target[key];
      if (!CHANGING.some((name) => name === key) || typeof method !== 'function') return method;
      return (...args: unknown[]): unknown => strike(key, String(args[0])) ?? Reflect.apply(method, target, args);
    },
  });
}

/** The real file system as one without hard links (FAT, some network shares). */
export const withoutHardLinks: Files = { ...realPorts.files, link: (_, path) => ({ ok: false, failure: { kind: 'denied', op: 'link', path, detail: 'EPERM' } }) };

export type PlugInUnder = (ports: Ports) => PlugIn;

/** A built-in plug-in by its id. */
export const builtIn =
  (id: string): PlugInUnder =>
  (ports) => {
    const plugIn = createPlugIns(ports).get(id);
    if (plugIn === undefined) throw new Error(`no plug-in ${id}`);
    return plugIn;
  };
