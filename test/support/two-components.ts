import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Served, serveRepository } from '../../build/support/served.ts';

export type Command = readonly [string, ...string[]];
export type Ended = { readonly code: number | null; readonly signal: string | null; readonly stdout: string; readonly stderr: string };

/** Runs a program to its end. */
export function finish(argv: Command, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const [program, ...rest] = argv;
  const child = spawn(program, rest, { env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (b: Buffer) => (stdout += b.toString()));
  child.stderr.on('data', (b: Buffer) => (stderr += b.toString()));
  return new Promise((done, broken) => {
    child.on('error', broken);
    child.on('close', (code, signal) => done({ code, signal, stdout, stderr }));
  });
}

/** SHA-256 over every path and every byte below a path, or `absent`. Links are followed once, at the top. */
export function digest(path: string): string {
  if (!existsSync(path)) return 'absent';
  const hash = createHash('sha256');
  const walk = (at: string, name: string): void => {
    if (lstatSync(at).isDirectory()) {
      for (const child of readdirSync(at).sort()) walk(join(at, child), `${name}/${child}`);
    } else hash.update(`${name}\0`).update(readFileSync(at)).update('\0');
  };
  walk(`${path}${lstatSync(path).isSymbolicLink() ? '/.' : ''}`, '');
  return hash.digest('hex');
}

/** What is in `from`, hard links and all, into `to`. */
function copy(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  execFileSync('cp', ['-a', `${from}/.`, to]);
}

/**
 * A machine with two components, a tree and a single file, each at release 1, while the server offers release 2. `reset` puts the
 * machine back there, byte for byte; the paths stay the same. `route`: how release 2 comes.
 */
export class TwoComponents {
  readonly root: string;
  /** the folder that stands for the machine's disk: state and installed content */
  readonly machine: string;
  private readonly glued: Command;
  private readonly route: 'full' | 'delta';
  private served: Served | undefined;
  old: readonly string[] = [];
  fresh: readonly string[] = [];

  constructor(glued: Command, route: 'full' | 'delta' = 'full') {
    this.glued = glued;
    this.route = route;
    this.root = mkdtempSync(join(tmpdir(), 'glued-sweep-'));
    this.machine = join(this.root, 'machine');
    mkdirSync(this.machine);
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  command(...args: string[]): Command {
    const [program, ...rest] = this.glued;
    return [program, ...rest, ...args];
  }

  get run(): Command {
    return this.command('run', '--json', '--policy', this.path('policy.json'), '--state', join(this.machine, 'state'));
  }

  /** Digests of the tree and of the file, as installed now. */
  installed(): readonly string[] {
    return [digest(join(this.machine, 'tree')), digest(join(this.machine, 'single.db'))];
  }

  private async must(...args: string[]): Promise<string> {
    const ended = await finish(this.command(...args));
    if (ended.code !== 0) throw new Error(`${args.join(' ')}: ${ended.code} ${ended.signal ?? ''}\n${ended.stdout}${ended.stderr}`);
    return ended.stdout;
  }

  private content(release: number): void {
    const tree = this.path(`in/tree-${release}`);
    mkdirSync(join(tree, 'sub'), { recursive: true });
    for (const name of ['a.rules', 'b.rules', 'sub/c.rules']) writeFileSync(join(tree, name), `${name} of release ${release}\n`.repeat(50));
    mkdirSync(this.path(`in/single-${release}`), { recursive: true });
    writeFileSync(this.path(`in/single-${release}/single.db`), `single of release ${release}\n`.repeat(100));
  }

  async setUp(): Promise<void> {
    const repo = this.path('repo');
    for (const release of [1, 2]) this.content(release);
    await this.must('repo', 'init', repo, '--keys', this.path('keys'));
    for (const id of ['tree', 'single']) await this.must('repo', 'add', repo, id, '--type', 'av', '--plugin', 'files');
    await this.offer(1);
    this.served = await serveRepository(this.glued, repo);
    const { url } = this.served;
    writeFileSync(
      this.path('policy.json'),
      JSON.stringify({ schema: 1, servers: [{ url }], trust: { rootFile: join(repo, 'metadata/1.root.json') } }),
    );
    const place = ['--policy', this.path('policy.json'), '--state', join(this.machine, 'state')];
    await this.must('registry', 'add', 'tree', '--type', 'av', '--plugin', 'files', '--path', join(this.machine, 'tree'), ...place);
    await this.must('registry', 'add', 'single', '--type', 'av', '--plugin', 'files', '--path', join(this.machine, 'single.db'), ...place);
    await this.must(...this.run.slice(this.glued.length));
    this.old = this.installed();
    await this.offer(2);
    copy(this.machine, this.path('base'));
    await this.must(...this.run.slice(this.glued.length));
    this.fresh = this.installed();
  }

  private async offer(release: number): Promise<void> {
    const repo = this.path('repo');
    const how = ['--version', `${release}.0`, '--deltas', this.route === 'delta' ? '1' : '0'];
    await this.must('repo', 'publish', repo, 'tree', this.path(`in/tree-${release}`), ...how);
    await this.must('repo', 'publish', repo, 'single', this.path(`in/single-${release}/single.db`), ...how);
  }

  /** The machine at release 1 again, in the very same folder (it may be a mount point). */
  reset(): void {
    for (const name of readdirSync(this.machine)) rmSync(join(this.machine, name), { recursive: true, force: true });
    copy(this.path('base'), this.machine);
  }

  tearDown(): void {
    this.served?.stop();
    rmSync(this.root, { recursive: true, force: true });
  }
}
