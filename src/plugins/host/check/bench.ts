import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { comparePaths, manifestBytes } from '../../../formats/manifest.ts';
import { asComponentId, asSha256, type Component, type Content, type Failure, fail, failure, type Job, type ManifestEntry, ok, type Outcome, type PlugIn, type Release, type Talk } from '../../../model/index.ts';
import { hashFile } from '../../content.ts';
import { ioProblem } from '../../io-failures.ts';
import { createExternalPlugIn } from '../external.ts';
import type { Hello } from '../methods.ts';
import { copyOf, type HostPorts, startCopy } from '../program.ts';
import { Session } from '../session.ts';

/** How long the kit waits for any answer, where nothing else is asked for: its samples are small. */
const CALL_MS = 10_000;
const MEMORY_BYTES = 1024 ** 3;
/** Nothing is refused for having shrunk: the samples are what they are. */
const VERIFY = { mustDetect: [], mustNotDetect: [], maxShrinkPercent: 100, maxMemoryBytes: MEMORY_BYTES };

export type Sample = readonly { readonly path: string; readonly text?: string; readonly base64?: string }[];
/** One start of the plug-in. */
export type Process = { readonly talk: Talk; readonly session: Session };

/** Where the kit works: a private copy of the plug-in, and folders in which it may do what it likes. */
export class Bench {
  readonly path: string;
  readonly sha256: string;
  readonly callMs: number;
  private readonly ports: HostPorts;
  private readonly dir: string;
  private readonly program: string;
  private readonly sequences = new Map<string, number>();

  private constructor(ports: HostPorts, path: string, dir: string, program: string, sha256: string, callMs: number) {
    this.ports = ports;
    this.path = path;
    this.dir = dir;
    this.program = program;
    this.sha256 = sha256;
    this.callMs = callMs;
  }

  /** Copies the program into a new folder below `dir`, which must be a private one. */
  static make(ports: HostPorts, path: string, dir: string, callMs: number = CALL_MS): Outcome<Bench, Failure> {
    const about = { plugIn: 'under test', path };
    const opened = ports.files.openFollowing(path);
    if (!opened.ok) return fail('plugin-not-started', { ...about, problem: ioProblem(opened.failure) });
    const stat = opened.value.stat();
    const copied = stat.ok && stat.value.type === 'file' ? copyOf(ports, opened.value, dir, 'check') : undefined;
    opened.value.close();
    if (copied === undefined) return fail('plugin-not-started', { ...about, problem: 'it is no regular file' });
    if (!copied.ok) return fail('plugin-not-started', { ...about, problem: `${copied.failure.op} of ${copied.failure.path} failed (${ioProblem(copied.failure)})` });
    if (stat.ok && ports.os.platform !== 'win32' && (stat.value.mode & 0o111) === 0) {
      return fail('plugin-not-started', { ...about, problem: `it is not executable: chmod +x ${path}` });
    }
    return ok(new Bench(ports, path, dir, copied.value.folder, copied.value.sha256, callMs));
  }

  /** Starts it anew. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<Outcome<Process, Failure>> {
    const started = await startCopy(this.ports, { plugIn: 'under test', path: this.path }, this.program, MEMORY_BYTES, env);
    return started.ok ? ok({ talk: started.value.talk, session: new Session(started.value.talk) }) : started;
  }

  /** The plug-in as a run has it, through the same host. */
  hosted(hello: Hello): PlugIn {
    const sha256 = asSha256(this.sha256);
    if (sha256 === undefined) throw new Error('a SHA-256 that is none');
    const allowed = { id: hello.id, path: join(this.program, 'program'), sha256 };
    return createExternalPlugIn(this.ports, allowed, { allow: [allowed], verify: this.verify, scratch: this.dir });
  }

  /** A component in a place of its own; with swap own its install path is a folder. */
  component(name: string, hello: Hello): Component {
    const id = asComponentId('check');
    if (id === undefined) throw new Error('an id that is none');
    const installPath = join(this.dir, name, 'content');
    this.ports.files.makeFolder(hello.swap === 'own' ? installPath : join(this.dir, name), 0o755);
    return { id, name: 'glued plugin check', contentType: hello.contentTypes[0] ?? 'av', plugIn: hello.id, installPath, settings: {}, installed: null, previous: null };
  }

  job(component: Component, next: Content, previous: Content | null): Job {
    const { installed } = component;
    return { component: { ...component, installed: previous ?? installed }, next, previous, verify: this.verify, scratch: this.scratch(), now: next.date, signal: new AbortController().signal };
  }

  private get verify(): Job['verify'] {
    return { ...VERIFY, timeoutSeconds: this.callMs / 1000 };
  }

  private scratch(): string {
    const folder = join(this.dir, 'scratch');
    this.ports.files.makeFolder(folder, 0o700);
    return folder;
  }

  /** Unpacked content in the place where a run would have unpacked it. */
  content(component: Component, hello: Hello, sample: Sample): Content {
    const sequence = (this.sequences.get(component.installPath) ?? 0) + 1;
    this.sequences.set(component.installPath, sequence);
    const versions = join(hello.swap === 'own' ? component.installPath : join(component.installPath, '..'), `.glued-${component.id}`);
    const folder = join(versions, String(sequence));
    const entries = sample.map((one) => this.write(folder, one)).sort((a, b) => comparePaths(a.path, b.path));
    const manifest = manifestBytes({ schema: 'glued.manifest/1', shape: 'tree', entries: [...foldersOf(entries), ...entries].sort((a, b) => comparePaths(a.path, b.path)) });
    this.ports.files.replace(join(folder, 'manifest.json'), manifest, 0o644);
    return { sequence, version: `${sequence}.0`, date: 1_700_000_000_000 + sequence, sha256: hashOf(manifest), folder };
  }

  private write(folder: string, { path, text, base64 }: Sample[number]): Extract<ManifestEntry, { type: 'file' }> {
    const at = join(folder, 'content', path);
    const bytes = base64 === undefined ? Buffer.from(text ?? '') : Buffer.from(base64, 'base64');
    this.ports.files.makeFolder(join(at, '..'), 0o755);
    this.ports.files.replace(at, bytes, 0o644);
    return { type: 'file', path, size: bytes.length, sha256: hashOf(bytes), mode: 0o644 };
  }

  release(component: Component, { sequence, version, date, sha256 }: Content): Release {
    const rest = { channel: 'stable', severity: 'none', forced: false, optional: false, restart: 'none', requires: [], conditions: {}, paused: false, deltas: [] } as const;
    return { component: component.id, sequence, version, date, ...rest, package: { sha256, size: 1, unpackedSize: 1, format: 'tar+zstd' } };
  }

  /** Every file below a path, by its hash; names that begin with a dot are not the product's. */
  view(path: string): string {
    const lines: string[] = [];
    const walk = (at: string, name: string): void => {
      const listed = this.ports.files.list(at);
      if (!listed.ok) {
        const hash = hashFile(this.ports.files, at);
        if (hash.ok) lines.push(`${name} ${hash.value}`);
        return;
      }
      for (const one of listed.value) if (!one.name.startsWith('.')) walk(join(at, one.name), `${name}/${one.name}`);
    };
    const real = this.ports.files.realPath(path);
    if (real.ok) walk(real.value, '');
    return lines.sort().join('\n');
  }
}

function foldersOf(entries: readonly ManifestEntry[]): readonly ManifestEntry[] {
  const folders = new Set<string>();
  for (const { path } of entries) for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) folders.add(path.slice(0, at));
  return [...folders].map((path) => ({ type: 'folder', path }));
}

function hashOf(bytes: Uint8Array): Content['sha256'] {
  const hash = asSha256(createHash('sha256').update(bytes).digest('hex'));
  if (hash === undefined) throw failure('internal-error', { message: 'a SHA-256 that is none' });
  return hash;
}
