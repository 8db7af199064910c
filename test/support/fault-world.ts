import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Given, Row } from '../faults/row.ts';
import { type FaultyRepository, faultyRepository, type ObjectKind } from './faulty-repository.ts';
import { temporaryFolder } from './repository.ts';
import type { Runtime } from './runtimes.ts';
import type { StoryServer } from './story-server.ts';
import { type Machine, StoryWorld, type Told } from './story-world.ts';
import type { TestCa } from './test-ca.ts';

const run = promisify(execFile);
/** for rows that are not about silence */
const PATIENCE_SECONDS = 20;
/** Bytes that do not get smaller. */
const PACKAGE_BYTES = 60_000;

export type Company = 'alone' | 'with a second server';
/** What one run came to, beside what it said. */
export type Happened = Told & { readonly requests: number; readonly connections: number; readonly sent: number; readonly untouched: boolean };

type Catalog = { readonly releases: readonly { readonly sequence: number; readonly package: { readonly sha256: string } }[] };

/** The newest file of a kind below a repository's folder. */
function newestFile(dir: string, kind: ObjectKind, id: string): Uint8Array {
  if (kind === 'package' || kind === 'catalog') {
    const folder = join(dir, 'targets', 'catalog');
    const all = readdirSync(folder).filter((name) => name.endsWith(`.${id}.json`)).map((name) => readFileSync(join(folder, name)));
    const latest = (bytes: Uint8Array): Catalog['releases'][number] | undefined => (JSON.parse(Buffer.from(bytes).toString()) satisfies Catalog).releases[0];
    const [newest] = all.toSorted((a, b) => (latest(b)?.sequence ?? 0) - (latest(a)?.sequence ?? 0));
    const sha256 = newest === undefined ? undefined : latest(newest)?.package.sha256;
    if (newest === undefined || sha256 === undefined) throw new Error(`no catalog of ${id} in ${folder}`);
    return kind === 'catalog' ? newest : readFileSync(join(dir, 'packages', sha256.slice(0, 2), sha256));
  }
  const folder = join(dir, 'metadata');
  if (kind === 'timestamp') return readFileSync(join(folder, 'timestamp.json'));
  const name = kind === 'role' ? `.${id}.json` : `.${kind}.json`;
  const versions = readdirSync(folder).filter((file) => file.endsWith(name)).map((file) => Number.parseInt(file, 10));
  return readFileSync(join(folder, `${Math.max(...versions)}${name}`));
}

/** A machine at release 1 that can be put back there, byte for byte. */
class Slot {
  readonly machine: Machine;
  private readonly base: string;

  private constructor(machine: Machine, base: string) {
    this.machine = machine;
    this.base = base;
  }

  static async make(world: StoryWorld, rt: Runtime): Promise<Slot> {
    const machine = world.machine(rt).register('demo');
    await machine.expect(0);
    const base = temporaryFolder('base');
    await run('cp', ['-a', `${machine.folder}/.`, base]);
    return new Slot(machine, base);
  }

  /** Not synchronous: this process is also every server. */
  async reset(): Promise<void> {
    await Promise.all(readdirSync(this.machine.folder).map((name) => rm(join(this.machine.folder, name), { recursive: true, force: true })));
    await run('cp', ['-a', `${this.base}/.`, this.machine.folder]);
  }
}

type Faulty = { readonly server: FaultyRepository; /** from now on it is faulty */ readonly arm: () => void };

function addressOf({ speak }: Row, url: string): string {
  if (speak === undefined) return url;
  return speak === 'https to a plain port' ? url.replace('http:', 'https:') : url.replace('https:', 'http:');
}

/**
 * A repository at release 2 of `demo`, its earlier state at release 1 and its later one at release 3, a good server of release 2, and
 * machines at release 1. Each row gets a server of its own.
 */
export class FaultWorld {
  private readonly world: StoryWorld;
  private readonly good: StoryServer;
  private readonly dirs: Readonly<Record<'older' | 'served' | 'later', string>>;
  private readonly ca: TestCa | undefined;
  private readonly slots: Slot[] = [];
  /** of the runtime, not of glued: what a machine has after its first run */
  private readonly codeCache = temporaryFolder('code');
  private readonly free = new Map<Runtime['name'], Slot[]>();

  private constructor(world: StoryWorld, good: StoryServer, dirs: FaultWorld['dirs'], ca: TestCa | undefined) {
    this.world = world;
    this.good = good;
    this.dirs = dirs;
    this.ca = ca;
  }

  static async make(ca: TestCa | undefined): Promise<FaultWorld> {
    const world = await StoryWorld.make('demo');
    const keep = (name: string): string => {
      const dir = join(world.repo.root, name);
      cpSync(world.repo.dir, dir, { recursive: true });
      return dir;
    };
    const release = (id: string, version: string): Promise<void> => world.release(id, version, { bytes: randomBytes(PACKAGE_BYTES) });
    await release('demo', '1.0');
    const older = keep('older');
    await world.repo.add('other');
    await release('other', '1.0');
    await release('demo', '2.0');
    const served = keep('served');
    await release('demo', '3.0');
    const later = keep('later');
    const good = await world.anotherServer();
    world.server.dir = older;
    good.dir = served;
    return new FaultWorld(world, good, { older, served, later }, ca);
  }

  /** Machines of a runtime, as many as shall run side by side. */
  async prepare(rt: Runtime, count: number): Promise<void> {
    const made = await Promise.all(Array.from({ length: count }, () => Slot.make(this.world, rt)));
    this.slots.push(...made);
    this.free.set(rt.name, made);
  }

  /** One run of a row, on a machine of its own as long as it takes. */
  async run(rt: Runtime, row: Row, company: Company): Promise<Happened> {
    const free = this.free.get(rt.name) ?? [];
    const slot = free.pop();
    if (slot === undefined) throw new Error('more runs side by side than machines');
    const faulty = await this.serverOf(row);
    try {
      await slot.reset();
      return await this.runOn(slot.machine, row, faulty, company);
    } finally {
      await faulty.server.close();
      free.push(slot);
    }
  }

  private async runOn(machine: Machine, row: Row, { server, arm }: Faulty, company: Company): Promise<Happened> {
    const caFile = join(machine.folder, 'ca.pem');
    if (this.ca !== undefined) writeFileSync(caFile, this.ca.ca, { mode: 0o644 });
    const secure = row.tls !== 'unknown' && (row.tls !== undefined || row.speak !== undefined);
    const servers = [{ url: addressOf(row, server.url) }, ...(company === 'alone' ? [] : [{ url: this.good.url }])];
    machine.policy({ servers, download: { timeoutSeconds: row.timeoutSeconds ?? PATIENCE_SECONDS }, ...(secure ? { tls: { caFile } } : {}) });
    const way = { settings: { permissions: machine.permissions(['127.0.0.1']), timeoutMs: 90_000, env: { NODE_COMPILE_CACHE: this.codeCache } } };
    if (row.warm !== undefined) await machine.expect(0, [], way);
    arm();
    const [before, asked] = [machine.digest(), server.seen.length];
    const end = await machine.run([], way);
    const seen = server.seen.slice(asked);
    return { ...end, requests: seen.length, connections: server.connections(), sent: seen.reduce((sum, s) => sum + s.sent, 0), untouched: machine.digest() === before };
  }

  private async serverOf(row: Row): Promise<Faulty> {
    const { dirs, good } = this;
    const given: Given = { elsewhere: good.url, file: (publish, kind, of = 'demo') => newestFile(dirs[publish], kind, of) };
    let armed = false;
    const server = await faultyRepository(this.world.repo.ports, {
      dir: () => (armed ? dirs.served : dirs[row.warm ?? 'served']),
      meddle: (kind, n, answer, request) => {
        const met = armed && kind === row.on && (row.only?.includes(n) ?? true);
        return met && row.fault !== undefined ? row.fault(answer, given, request, n) : answer;
      },
      tls: row.tls === undefined ? undefined : this.ca?.[row.tls === 'expired' || row.tls === 'elsewhere' ? row.tls : 'server'],
      accepted: row.accepted,
    });
    return { server, arm: () => (armed = true) };
  }

  end(): void {
    for (const slot of this.slots) slot.machine.end();
    this.world.end();
  }
}
