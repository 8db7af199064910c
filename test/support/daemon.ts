import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLocalHttp } from '../../src/platform/index.ts';
import type { ControlAnswer, StatusDocument } from '../../src/model/index.ts';
import { must } from './outcome.ts';
import type { RunEnd } from './runtimes.ts';
import type { Machine } from './story-world.ts';
import { until } from './until.ts';

const local = createLocalHttp();

type Way = { readonly args?: readonly string[]; readonly under?: readonly string[]; readonly env?: Readonly<Record<string, string>>; readonly policy?: string; /** on Deno, where the story needs others than a run's */ readonly permissions?: readonly string[] };

/** A daemon of a story's machine, in a process of its own, and its control socket. */
export class StoryDaemon {
  readonly pid: number;
  readonly socket: string;
  /** how the process ended */
  readonly end: Promise<RunEnd>;
  private readonly machine: Machine;

  private constructor(machine: Machine, pid: number, end: Promise<RunEnd>) {
    this.machine = machine;
    this.pid = pid;
    this.end = end;
    this.socket = StoryDaemon.socketOf(machine);
  }

  static socketOf(machine: Machine): string {
    return join(machine.state, 'run', 'glued.sock');
  }

  /** Resolves when the daemon answers on its socket. */
  static async start(machine: Machine, { args = [], under = [], env = {}, policy = machine.policyFile, permissions = machine.permissions() }: Way = {}): Promise<StoryDaemon> {
    let pid = 0;
    let ended: RunEnd | undefined;
    const settings = { started: (p: number) => (pid = p), env, permissions, timeoutMs: 110_000 };
    const end = machine.glued(['daemon', '--policy', policy, '--state', machine.state, ...args], { settings, under });
    void end.then((how) => (ended = how));
    await until(async () => {
      if (ended !== undefined) throw new Error(`the daemon ended: ${ended.code} ${ended.stderr}`);
      const asked = await local.ask({ socket: StoryDaemon.socketOf(machine), method: 'GET', target: '/v1/status', idleMs: 60_000, maxBytes: 1 << 26 });
      return asked.ok && asked.value.status === 200;
    });
    return new StoryDaemon(machine, pid, end);
  }

  async ask(method: 'GET' | 'POST', target: string, body?: string): Promise<ControlAnswer> {
    return must(await local.ask({ socket: this.socket, method, target, idleMs: 60_000, maxBytes: 1 << 26, ...(body === undefined ? {} : { body }) }));
  }

  async status(): Promise<StatusDocument & Required<Pick<StatusDocument, 'daemon'>>> {
    return JSON.parse((await this.ask('GET', '/v1/status')).body);
  }

  /** POST /v1/run, and the command's id. */
  async run(ask: object = {}): Promise<string> {
    const { status, body } = await this.ask('POST', '/v1/run', JSON.stringify(ask));
    if (status !== 202) throw new Error(`${status} ${body}`);
    return JSON.parse(body).commandId;
  }

  /** Nothing runs and nothing waits. */
  async quiet(): Promise<void> {
    await until(async () => {
      const { daemon } = await this.status();
      return daemon.running === null && daemon.queue.length === 0;
    });
  }

  /** The lines of the log, oldest first. */
  log(): readonly { readonly event: string; readonly [key: string]: unknown }[] {
    const text = readFileSync(this.machine.file('log', 'glued.log'), 'utf8');
    return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
  }

  events(name: string): readonly { readonly [key: string]: unknown }[] {
    return this.log().filter(({ event }) => event === name);
  }

  kill(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** SIGTERM, and its end. */
  async stop(): Promise<RunEnd> {
    this.kill('SIGTERM');
    return this.end;
  }
}
