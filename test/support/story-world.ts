import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';
import { asComponentId, type RunDocument } from '../../src/model/index.ts';
import { writePlist } from '../../src/formats/plist.ts';
import { publisherPorts, temporaryFolder, testRepository, type TestRepository, writeTree } from './repository.ts';
import { documentOf, type RunEnd, type Runtime, type RunSettings } from './runtimes.ts';
import { type StoryServer, storyServer } from './story-server.ts';
import { digest } from './two-components.ts';

const ajv = new Ajv2020({ strict: true, allErrors: true });
addFormats.default(ajv);
const valid = ajv.compile<RunDocument>(JSON.parse(readFileSync(at('docs', 'schema', 'glued.run.1.json'), 'utf8')));

export type Told = RunEnd & { readonly document: RunDocument };
type Policy = { readonly [key: string]: unknown };
type Way = { readonly under?: readonly string[]; readonly settings?: RunSettings; /** another policy file than the machine's */ readonly policy?: string };

/** A stack trace of ours, or of a runtime: never for a user's eyes. */
const STACK = /^\s+at .+[:(]\d+|Uncaught|\bpanicked\b|UnhandledPromise/m;

/** One document on stdout, valid, with the code that the process ended with; and nothing like a stack trace on stderr. */
export function told(end: RunEnd): Told {
  assert.not.match(end.stderr, STACK);
  assert.is(end.signal, null, `ended by a signal\n${end.stderr}`);
  const document: unknown = documentOf(end);
  if (!valid(document)) throw new Error(`not glued.run/1: ${ajv.errorsText(valid.errors)}\n${end.stdout}`);
  assert.is(document.code, end.code, end.stdout);
  assert.is(end.stdout, `${JSON.stringify(document, null, 2)}\n`, 'one document, and nothing beside it');
  return { ...end, document };
}

/** One component of a document. */
export function part(document: RunDocument, id = 'demo'): RunDocument['components'][number] {
  const found = document.components.find((c) => c.id === id);
  if (found === undefined) throw new Error(`no component ${id}: ${JSON.stringify(document)}`);
  return found;
}

/** All that a document says in words: errors, with their details, notes and reasons. */
export function wordsOf(document: RunDocument): string {
  const errors = document.errors.map((e) => `${e.text} ${e.remedy} ${e.detail ?? ''}`);
  const reasons = document.components.map((c) => `${c.reason?.text ?? ''} ${c.reason?.remedy ?? ''}`);
  return [...errors, ...reasons, ...document.notes, ...document.server.tried.map((t) => t.error)].join('\n');
}

/** One machine: a state folder, install paths, a policy, and the runtime that its glued runs on. */
export class Machine {
  readonly folder: string;
  readonly state: string;
  readonly policyFile: string;
  private readonly world: StoryWorld;
  private readonly rt: Runtime;
  /** programs that content tests start: what Deno is allowed to run */
  private readonly engines: string[] = ['/bin/sh'];

  constructor(world: StoryWorld, rt: Runtime) {
    this.world = world;
    this.rt = rt;
    this.folder = temporaryFolder('machine');
    this.state = join(this.folder, 'state');
    this.policyFile = join(this.folder, 'policy.json');
    chmodSync(this.folder, 0o755);
    mkdirSync(join(this.state, 'NewRegistry'), { recursive: true });
    mkdirSync(join(this.folder, 'live'));
    this.policy();
  }

  live(id = 'demo'): string {
    return join(this.folder, 'live', id);
  }

  /** SHA-256 over what is installed of a component. */
  digest(id = 'demo'): string {
    return digest(this.live(id));
  }

  policyOf(more: Policy = {}): Policy {
    return { schema: 1, servers: [{ url: this.world.server.url }], trust: { rootFile: this.world.repo.rootFile }, ...more };
  }

  /** Writes the policy: the world's server and root, and what is added. */
  policy(more: Policy = {}): this {
    writeFileSync(this.policyFile, JSON.stringify(this.policyOf(more), null, 2), { mode: 0o644 });
    return this;
  }

  /** Registers components as an installer does: a plist dropped into NewRegistry. */
  register(...ids: readonly string[]): this {
    for (const id of ids) this.registerWith(id, {});
    return this;
  }

  registerWith(id: string, settings: Readonly<Record<string, string>>): this {
    assert.ok(asComponentId(id) !== undefined);
    const plist = { ComponentID: id, Name: `The ${id}`, ContentType: 'av', PlugIn: 'files', InstallPath: this.live(id), Settings: settings };
    writeFileSync(join(this.state, 'NewRegistry', `${id}.plist`), writePlist(plist));
    return this;
  }

  /** A content test: a shell script that is given the content's folder. */
  test(id: string, script: string): this {
    const program = join(this.folder, `check-${id}`);
    writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    chmodSync(program, 0o755);
    this.engines.push(program);
    return this.registerWith(id, { TestCommand: JSON.stringify([program, '{path}']) });
  }

  get place(): readonly string[] {
    return ['--policy', this.policyFile, '--state', this.state];
  }

  /** What README says that a run on Deno needs, and no more. */
  permissions(hosts: readonly string[] = this.world.servers.map((s) => `127.0.0.1:${s.port}`)): readonly string[] {
    const write = [this.state, join(this.folder, 'live')].join(',');
    // a unix socket is a part of the network to Deno
    const net = [...hosts, `unix:${join(this.state, 'run', 'glued.sock')}`];
    return ['--allow-read', '--allow-env', '--allow-sys', `--allow-net=${net.join(',')}`, `--allow-write=${write}`, `--allow-run=${this.engines.join(',')}`];
  }

  /** Any command, as typed. */
  glued(args: readonly string[], { under = [], settings = {} }: Way = {}): Promise<RunEnd> {
    const all: RunSettings = { cwd: this.folder, permissions: this.permissions(), timeoutMs: 60_000, ...settings };
    return this.rt.run(args, { ...all, ...(under.length === 0 ? {} : { under }) });
  }

  /** `glued run --json`, whose document must be one and valid. */
  async run(args: readonly string[] = [], way: Way = {}): Promise<Told> {
    const place = ['--policy', way.policy ?? this.policyFile, '--state', this.state];
    return told(await this.glued(['run', '--json', '--no-input', ...place, ...args], way));
  }

  /** A run that must end with this code. */
  async expect(code: number, args: readonly string[] = [], way: Way = {}): Promise<RunDocument> {
    const end = await this.run(args, way);
    assert.is(end.code, code, `${end.stdout}${end.stderr}`);
    return end.document;
  }

  file(...parts: readonly string[]): string {
    return join(this.state, ...parts);
  }

  exists(...parts: readonly string[]): boolean {
    return existsSync(this.file(...parts));
  }

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A signed repository in this process, served here, and as many machines as a story wants. */
export class StoryWorld {
  readonly repo: TestRepository;
  readonly servers: StoryServer[];

  private constructor(repo: TestRepository, server: StoryServer) {
    this.repo = repo;
    this.servers = [server];
  }

  static async make(...components: readonly string[]): Promise<StoryWorld> {
    const ports = publisherPorts();
    // an hour ago: what runs after this is later
    ports.at = Date.now() - 3_600_000;
    const repo = await testRepository('stories', ports);
    const world = new StoryWorld(repo, await storyServer(ports, repo.dir));
    for (const id of components.length === 0 ? ['demo'] : components) await repo.add(id);
    return world;
  }

  get server(): StoryServer {
    const [first] = this.servers;
    if (first === undefined) throw new Error('no server');
    return first;
  }

  /** One more server of the same repository. */
  async anotherServer(): Promise<StoryServer> {
    const server = await storyServer(this.repo.ports, this.repo.dir);
    this.servers.push(server);
    return server;
  }

  /** A release of a component: one file, `rules.db`, whose lines say what it is, or as many bytes of it. No deltas unless `more` asks for them. */
  async release(id: string, version: string, more: Parameters<TestRepository['publish']>[2] & { readonly bytes?: Uint8Array } = {}): Promise<void> {
    const { bytes, ...options } = more;
    this.repo.ports.at += 1000;
    const folder = writeTree(join(this.repo.root, `in-${id}-${version}`), { 'rules.db': bytes ?? `${id} ${version}\n`.repeat(200) });
    await this.repo.publish(id, {}, { version, path: join(folder, 'rules.db'), deltas: 0, ...options });
  }

  machine(rt: Runtime): Machine {
    return new Machine(this, rt);
  }

  end(): void {
    for (const server of this.servers) server.close();
  }
}
