import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { explainRun, pollProbation, recover, rollback, type RunOptions, runCycle, type World } from '../../src/engine/index.ts';
import { asComponentId, type Catalog, type Component, type ContentType, type EngineLife, type Files, type HttpRequest, type JournalEntry, ok, type PlugIn, type Ports, type QuarantineEntry, type Revocation, type RunDocument, type SqlDatabase, type StatusDocument, type Terminal } from '../../src/model/index.ts';
import { createPlugIns } from '../../src/plugins/index.ts';
import { registerComponent, scanRegistry } from '../../src/registry/index.ts';
import { lockState, openState, type State } from '../../src/state/index.ts';
import { FakeDesktop } from '../support/fake-desktop.ts';
import { Crash, crashingFiles } from '../support/crashing-files.ts';
import { type Fault, publisherPorts, temporaryFolder, testRepository, type TestRepository } from '../support/repository.ts';
import { must } from '../support/outcome.ts';
import { rewriteCatalog } from '../support/rewrite-catalog.ts';
import { type Script, scripted } from './scripted.ts';

export const SERVER = 'http://127.0.0.1:9/';
/** A watchdog's limits are longer, what goes on in a test waits for less. */
const LONG_MS = 20_000;
export const HOUR_MS = 3_600_000;

type Json = { readonly [key: string]: unknown };
export type Ask = Partial<Pick<RunOptions, 'trigger' | 'contentTypes' | 'components' | 'force' | 'mode' | 'input' | 'signal' | 'progress'>>;
export type PublishOptions = Parameters<TestRepository['publish']>[2];

export function idOf(text: string): NonNullable<ReturnType<typeof asComponentId>> {
  const id = asComponentId(text);
  if (id === undefined) throw new Error(`${text} is no component id`);
  return id;
}

/** One machine and one repository: real files, real database, real publisher; the network is the repository's folder, the clock stands. */
export class EngineWorld {
  readonly repository: TestRepository;
  readonly root: string;
  readonly state: string;
  readonly policyFile: string;
  readonly ports: Ports & { at: number };
  /** what the scripted plug-in does, by call */
  readonly script: Script = new Map();
  /** how the engines of `scripted` components fare */
  readonly engines = new Map<string, EngineLife | (() => EngineLife)>();
  readonly asked: string[] = [];
  files: Files;
  private readonly open: SqlDatabase[] = [];
  private readonly waiting = new Set<() => void>();
  terminal: Terminal;
  readonly desktop = new FakeDesktop();
  /** what the system calls this boot; undefined: it does not say */
  bootId: string | undefined = 'boot-1';
  fault: (path: string, request: HttpRequest) => Fault = () => undefined;
  requests: string[] = [];
  extraPlugIns: readonly PlugIn[] = [];
  /** the plug-ins that the agent does not have */
  absent: readonly string[] = [];

  constructor(repository: TestRepository) {
    this.repository = repository;
    this.root = temporaryFolder('engine');
    this.state = join(this.root, 'state');
    this.policyFile = join(this.root, 'policy.json');
    mkdirSync(join(this.root, 'live'));
    const ports = publisherPorts();
    this.ports = ports;
    ports.at = repository.ports.at;
    this.files = ports.files;
    const { sql } = ports;
    Object.assign(ports, {
      os: { ...ports.os, upMs: () => undefined },
      sql: {
        open: (path: string) => {
          const opened = sql.open(path);
          if (opened.ok) this.open.push(opened.value);
          return opened;
        },
      },
    });
    this.terminal = { ...ports.terminal, stdinIsTerminal: false, stdoutIsTerminal: false, stderrIsTerminal: false, columns: 80, colour: 'off', out: () => {}, err: () => {}, ask: async () => undefined };
    this.policy();
  }

  /** Writes the policy: the world's server and root, and `more` over them. */
  policy(more: Json = {}): void {
    writeFileSync(this.policyFile, JSON.stringify({ servers: [{ url: SERVER }], trust: { rootFile: this.repository.rootFile }, ...more }), { mode: 0o600 });
  }

  live(id: string): string {
    return join(this.root, 'live', id);
  }

  register(id: string, more: { readonly plugIn?: string; readonly type?: ContentType; readonly path?: string; readonly settings?: Component['settings'] } = {}): void {
    const component: Component = { id: idOf(id), name: id.toUpperCase(), contentType: more.type ?? 'av', plugIn: more.plugIn ?? 'files', installPath: more.path ?? this.live(id), settings: more.settings ?? {}, installed: null, previous: null };
    mkdirSync(this.state, { recursive: true });
    must(registerComponent(this.ports, this.state, component, null));
  }

  /** A component in the repository and on the machine. */
  async add(id: string, more: Parameters<EngineWorld['register']>[1] = {}): Promise<void> {
    await this.repository.add(id);
    this.register(id, more);
  }

  /** Publishes a release whose one file says its version, as a full package only unless `options` ask for deltas. */
  publish(id: string, version: string, options: PublishOptions = {}) {
    return this.repository.publish(id, { 'rules.txt': `${id} ${version}\n`.repeat(50) }, { version, deltas: 0, ...options });
  }

  /** Withdraws a release, as its publisher would. */
  revoke(id: string, revocation: Revocation): void {
    this.rewrite(id, (catalog) => ({ ...catalog, revoked: [...catalog.revoked, revocation] }));
  }

  /** Publishes the component's catalog again, changed. */
  rewrite(id: string, change: (catalog: Catalog) => Catalog): void {
    rewriteCatalog(this.repository, id, change);
  }

  /** A short wait is over at once, a long one when its signal is aborted or the test lets time pass. */
  private sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms < LONG_MS) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.waiting.delete(done);
        resolve();
      };
      this.waiting.add(done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  /** Every long wait is over, once there is one. */
  async passTime(): Promise<void> {
    while (this.waiting.size === 0) await new Promise((done) => setTimeout(done, 1));
    for (const done of [...this.waiting]) done();
  }

  world(): World {
    const clock = { ...this.ports.clock, sleep: (ms: number, signal?: AbortSignal) => this.sleep(ms, signal) };
    const ports: Ports = { ...this.ports, clock, files: this.files, terminal: this.terminal, desktop: this.desktop, os: { ...this.ports.os, bootId: () => this.bootId } };
    return {
      ports,
      agentVersion: '1.0.0',
      buildTime: 0,
      plugIns: async () => {
        const real = createPlugIns(ports);
        const files = real.get('files');
        if (files === undefined) throw new Error('no plug-in files');
        const all = [...real.values(), scripted(files, this.script, this.engines), ...this.extraPlugIns];
        return new Map(all.filter((p) => !this.absent.includes(p.id)).map((p) => [p.id, p]));
      },
      network: async () => {
        const http = this.repository.http(SERVER, (path, request) => this.fault(path, request));
        this.requests = http.requests;
        return ok({ http, servers: [{ url: SERVER, headers: {} }] });
      },
    };
  }

  options(ask: Ask = {}): RunOptions {
    return { stateDir: this.state, policyPath: this.policyFile, trustCheck: 'enforce', trigger: 'command', contentTypes: [], components: [], force: 'no', mode: 'run', input: 'no-input', signal: new AbortController().signal, signalName: () => 'SIGTERM', ...ask };
  }

  run(ask: Ask = {}): Promise<RunDocument> {
    this.requests = [];
    return runCycle(this.world(), this.options(ask));
  }

  /** state.db becomes garbage; call it with nothing open. */
  damageDatabase(): void {
    for (const end of ['-wal', '-shm']) rmSync(join(this.state, `state.db${end}`), { force: true });
    writeFileSync(join(this.state, 'state.db'), 'garbage'.repeat(10_000));
  }

  /** Does `work` and dies before the n-th change of the disk (from 1): was there such a change? A dead process holds nothing. */
  async dies(point: number, work: () => Promise<unknown> = () => this.run()): Promise<boolean> {
    this.files = crashingFiles(this.ports.files, point);
    const ended = await work().then(
      () => undefined,
      (error: unknown) => error,
    );
    this.files = this.ports.files;
    this.bury();
    if (ended !== undefined && !(ended instanceof Crash)) throw ended;
    return ended !== undefined;
  }

  /** The process is dead: what it had open is closed by the system. */
  bury(): void {
    for (const database of this.open.splice(0)) {
      try {
        database.close();
      } catch {
        // it was closed in time
      }
    }
  }

  /** A run that everything goes well in. */
  async settle(): Promise<RunDocument> {
    const document = await this.run();
    if (document.code !== 0) throw new Error(`a good run was expected: ${JSON.stringify(document.errors)}`);
    return document;
  }

  recover(ask: Ask = {}): Promise<RunDocument> {
    return recover(this.world(), this.options(ask));
  }

  poll() {
    return pollProbation(this.world(), this.options());
  }

  rollback(id: string, ask: Ask = {}): Promise<RunDocument> {
    return rollback(this.world(), id, this.options(ask));
  }

  async explain(ask: Ask = {}) {
    return must(await explainRun(this.world(), this.options(ask)));
  }

  /** What a component's product reads, or `absent`. */
  content(id: string): string {
    const path = join(this.live(id), 'rules.txt');
    return existsSync(path) ? (readFileSync(path, 'utf8').split('\n')[0] ?? '') : 'absent';
  }

  /** The state, opened as a run would. */
  look<T>(work: (state: State) => T): T {
    const lock = must(lockState(this.ports, this.state, 'test', this.ports.at));
    const state = must(openState(this.ports, this.state, this.ports.at));
    try {
      return work(state);
    } finally {
      state.close();
      lock.release();
    }
  }

  journal(): readonly JournalEntry[] {
    return this.look((s) => must(s.journal.list()));
  }

  quarantine(): readonly QuarantineEntry[] {
    return this.look((s) => must(s.quarantine.list()));
  }

  history(id: string): readonly string[] {
    return this.look((s) => must(s.history.events(id, 50)).map((e) => `${e.sequence ?? 'none'} ${e.action} ${e.code}`));
  }

  registered(id: string): Component {
    const found = must(scanRegistry(this.ports, this.state, this.ports.at, 'read')).components.find((c) => c.id === id);
    if (found === undefined) throw new Error(`${id} is not registered`);
    return found;
  }

  plist(id: string): string {
    return readFileSync(join(this.state, 'ActiveRegistry', `${id}.plist`), 'utf8');
  }

  status(): StatusDocument {
    return JSON.parse(readFileSync(join(this.state, 'status.json'), 'utf8'));
  }
}

/** A world with these components, each at release 1 in the repository, and none installed. */
export async function worldOf(components: Readonly<Record<string, Parameters<EngineWorld['register']>[1]>>): Promise<EngineWorld> {
  const world = new EngineWorld(await testRepository('engine-repository'));
  for (const [id, more] of Object.entries(components)) {
    await world.add(id, more);
    await world.publish(id, '1.0');
  }
  return world;
}

/** One component of a document. */
export function part(document: RunDocument, id: string): RunDocument['components'][number] {
  const found = document.components.find((c) => c.id === id);
  if (found === undefined) throw new Error(`no component ${id} in ${JSON.stringify(document)}`);
  return found;
}

/** `updated 1>2 up-to-date`: action, sequences, reason. */
export function brief(document: RunDocument, id: string): string {
  const { action, before, after, reason } = part(document, id);
  return `${action} ${before?.sequence ?? '-'}>${after?.sequence ?? '-'} ${reason?.code ?? 'null'}`;
}

/** SHA-256 over every name, link and byte below a folder, but for the named entries at its top. */
export function treeDigest(folder: string, without: readonly string[] = []): Readonly<Record<string, string>> {
  const out: Record<string, string> = {};
  const walk = (at: string, name: string): void => {
    const stat = lstatSync(at);
    if (stat.isSymbolicLink()) out[name] = `link ${readlinkSync(at)}`;
    else if (stat.isDirectory()) {
      for (const child of readdirSync(at).sort()) if (name !== '' || !without.includes(child)) walk(join(at, child), `${name}/${child}`);
    } else out[name] = createHash('sha256').update(readFileSync(at)).digest('hex');
  };
  if (existsSync(folder)) walk(folder, '');
  return out;
}
