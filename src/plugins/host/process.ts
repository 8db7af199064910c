import { type AllowedPlugIns, failed, type Failure, failure, ok, type Outcome } from '../../model/index.ts';
import type { Field } from './fields.ts';
import { LIMITS } from './limits.ts';
import { type Hello, type Method, METHODS } from './methods.ts';
import { type Allowed, type HostPorts, startAllowed } from './program.ts';
import { Session, type Trouble } from './session.ts';
import { type About, failureOf } from './trouble.ts';

type Running = { readonly session: Session; readonly hello: Hello; readonly folder: string };

const AGENT = 'glued';

/** `toldMs`: the time that the plug-in was given in the params, where it was. */
export type CallLimits = { readonly signal?: AbortSignal | undefined; readonly toldMs?: number };

/** After so long a plug-in that was told a time limit is killed. */
const beyond = (toldMs: number): number => toldMs + LIMITS.aliveGraceMs;

/** One external plug-in's process: started when it is first needed, again where it broke, ended at the end of the run. */
export class PlugInProcess {
  readonly allowed: Allowed;
  private readonly ports: HostPorts;
  private readonly site: Pick<AllowedPlugIns, 'scratch' | 'verify'>;
  private running: Running | undefined;
  private starts = 0;
  private lastFailure: Failure | undefined;
  /** calls are made one after the other */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(ports: HostPorts, allowed: Allowed, site: Pick<AllowedPlugIns, 'scratch' | 'verify'>) {
    this.ports = ports;
    this.allowed = allowed;
    this.site = site;
  }

  /** What it says of itself; starts it where it does not run. */
  async hello({ toldMs }: CallLimits = {}): Promise<Outcome<Hello, Failure>> {
    const running = await this.inTurn(() => this.start('now and then', toldMs === undefined ? undefined : beyond(toldMs)));
    return running.ok ? ok(running.value.hello) : running;
  }

  /** Calls one method, and gives its result or the failure of the component that it was about. */
  call<T>(about: About, result: Field<T>, params: object, { signal, toldMs = 0 }: CallLimits = {}): Promise<Outcome<T, Failure>> {
    return this.inTurn(async () => {
      const running = await this.start(about.method === 'restore' ? 'always' : 'now and then');
      if (!running.ok) return running;
      const { session } = running.value;
      const answered = await session.call(about.method, result, params, this.limitMs(about.method, toldMs), signal);
      if (answered.ok) return answered;
      const made = failureOf(about, answered.failure, session.stderr());
      if (session.isOver) {
        this.lastFailure = made;
        await this.stop();
      }
      return failed(made);
    });
  }

  /** Ends it, where it runs. */
  async end(): Promise<void> {
    await this.inTurn(() => this.stop());
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private limitMs(method: About['method'], toldMs: number): number {
    const { seconds } = METHODS[method];
    if (seconds === 'told') return beyond(toldMs);
    return 1000 * (seconds === 'verify' ? this.site.verify.timeoutSeconds : seconds);
  }

  private async start(tries: 'now and then' | 'always', helloMs?: number): Promise<Outcome<Running, Failure>> {
    if (this.running !== undefined) return ok(this.running);
    if (tries !== 'always' && this.lastFailure !== undefined && this.starts >= LIMITS.starts) return failed(this.lastFailure);
    this.starts += 1;
    const started = await this.startOnce(helloMs);
    if (started.ok) this.running = started.value;
    else this.lastFailure = started.failure;
    return started;
  }

  private async startOnce(helloMs?: number): Promise<Outcome<Running, Failure>> {
    const { ports, allowed, site } = this;
    const started = await startAllowed(ports, allowed, site.scratch, site.verify.maxMemoryBytes || LIMITS.memoryBytes);
    if (!started.ok) return started;
    const session = new Session(started.value.talk);
    const said = await session.hello(AGENT, helloMs);
    const { id: plugIn, path } = allowed;
    const refused = said.ok ? helloUnfit(allowed, said.value) : helloFailed(allowed, said.failure, session.stderr());
    const running = said.ok && refused === undefined ? { session, hello: said.value, folder: started.value.folder } : undefined;
    if (running !== undefined) {
      ports.log.write('debug', 'plugin-started', { plugIn, path, version: running.hello.version });
      return ok(running);
    }
    await session.end();
    ports.files.removeTree(started.value.folder);
    return failed(refused ?? failure('plugin-broke', { plugIn, path, problem: 'it said nothing of itself' }));
  }

  private async stop(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    if (running === undefined) return;
    const end = await running.session.end();
    const said = running.session.stderr();
    if (said !== '') this.ports.log.write('info', 'plugin-stderr', { plugIn: this.allowed.id, text: said });
    if (end.by !== 'itself') this.ports.log.write('warn', 'plugin-killed', { plugIn: this.allowed.id, by: end.by });
    this.ports.files.removeTree(running.folder);
  }
}

/** What a plug-in that puts content in place itself cannot be without. */
const OWN_NEEDS = ['inventory', 'swap', 'restore'] as const satisfies readonly Method[];

/** The method that it cannot be without, and does not have. */
export const missingMethod = (hello: Hello): Method | undefined => (hello.swap === 'own' ? OWN_NEEDS.find((method) => !hello.methods.includes(method)) : undefined);

function helloUnfit({ id: plugIn, path }: Allowed, hello: Hello): Failure | undefined {
  if (hello.id !== plugIn) return failure('plugin-other-id', { plugIn, path, said: hello.id });
  const missing = missingMethod(hello);
  return missing === undefined ? undefined : failure('plugin-broke', { plugIn, path, problem: `it puts content in place itself and has no ${missing}` });
}

function helloFailed({ id: plugIn, path }: Allowed, trouble: Trouble, stderr: string): Failure {
  if (trouble.kind === 'broke' && trouble.why === 'not-run') return failure('plugin-not-started', { plugIn, path, problem: stderr === '' ? trouble.problem : stderr.split('\n')[0] ?? '' }, stderr);
  const problem = trouble.kind === 'broke' ? trouble.problem : trouble.kind === 'said-no' ? trouble.error.message : 'it was interrupted before it said hello';
  return failure('plugin-broke', { plugIn, path, problem }, stderr);
}
