import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { RunDocument, StatusDocument } from '../../src/model/index.ts';
import { createLocalHttp } from '../../src/platform/index.ts';
import { GLUED } from '../bench/machine.ts';

const local = createLocalHttp();
export const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export type Held = { readonly rssMb: number; readonly anonymousMb: number; readonly descriptors: number };

/** The daemon under test: started, killed and started again; and what it holds. */
export class WatchedDaemon {
  starts = 0;
  private readonly place: readonly string[];
  private readonly socket: string;
  private child: ChildProcess | undefined;

  constructor(place: readonly string[], socket: string) {
    this.place = place;
    this.socket = socket;
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    this.starts += 1;
    const child = spawn(GLUED, ['daemon', ...this.place], { stdio: ['ignore', 'inherit', 'inherit'] });
    this.child = child;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the daemon ended with ${child.exitCode}`);
      const asked = await this.ask('GET', '/v1/status');
      if (asked !== undefined) return;
      await wait(50);
    }
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    const { child } = this;
    if (child === undefined) return null;
    const ended = new Promise<number | null>((done) => child.on('exit', done));
    child.kill(signal);
    return ended;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  get isAlive(): boolean {
    return this.child?.exitCode === null && this.child.signalCode === null;
  }

  private async ask(method: 'GET' | 'POST', target: string, body?: string): Promise<string | undefined> {
    const asked = await local.ask({ socket: this.socket, method, target, idleMs: 60_000, maxBytes: 1 << 26, ...(body === undefined ? {} : { body }) });
    return asked.ok && asked.value.status < 300 ? asked.value.body : undefined;
  }

  /** Asks for a run; where the daemon is not there now, nobody hears it. */
  async run(): Promise<void> {
    await this.ask('POST', '/v1/run', '{}');
  }

  async status(): Promise<StatusDocument> {
    const body = await this.ask('GET', '/v1/status');
    if (body === undefined) throw new Error('the daemon does not answer');
    return JSON.parse(body);
  }

  /** One more run, and its document, once nothing else is left in the queue. */
  async settle(): Promise<RunDocument> {
    await this.run();
    for (;;) {
      const { daemon, last } = await this.status();
      if (daemon?.running === null && daemon.queue.length === 0 && last !== null) return last;
      await wait(100);
    }
  }

  held(): Held {
    const { pid } = this;
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const mb = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024;
    return { rssMb: mb('VmRSS'), anonymousMb: mb('RssAnon'), descriptors: readdirSync(`/proc/${pid}/fd`).length };
  }
}
