import { readJson } from '../../../formats/json.ts';
import { type Component, failed, ok, type Outcome, type Ports, type SocketTalk } from '../../../model/index.ts';

/** Debian's. */
const DEFAULT_SOCKET = '/var/run/suricata-command.socket';
/** what `ruleset-failed-rules` may fill: some thousand rules */
const MAX_BYTES = 16 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 5000;

/** What became of a question to the engine. absent: none runs. silent: one seems to run, and does not answer as it should. */
export type NoAnswer = { readonly kind: 'absent' | 'silent'; readonly detail: string };

/** How many rules the engine has loaded, and how many it could not. */
export type RuleStats = { readonly loaded: number; readonly failed: number };
export type FailedRule = { readonly file: string; readonly line: number };

export const socketPath = (component: Component): string => component.settings['CommandSocket'] || DEFAULT_SOCKET;

/** A connection to the engine's command socket, greeted. Close it. */
export class CommandSocket {
  private readonly talk: SocketTalk;
  private readonly signal: AbortSignal | undefined;

  private constructor(talk: SocketTalk, signal: AbortSignal | undefined) {
    this.talk = talk;
    this.signal = signal;
  }

  /** Connects and greets with the protocol's version 0.2, whose answers are lines. */
  static async open(ports: Pick<Ports, 'sockets' | 'files'>, component: Component, timeoutMs: number, signal?: AbortSignal): Promise<Outcome<CommandSocket, NoAnswer>> {
    const path = socketPath(component);
    const seen = ports.files.statFollowing(path);
    if (!seen.ok && seen.failure.kind === 'absent') return failed({ kind: 'absent', detail: `${path} is not there` });
    const line = await ports.sockets.talk(path, { timeoutMs: Math.min(timeoutMs, CONNECT_TIMEOUT_MS), maxBytes: MAX_BYTES, maxTotalBytes: 2 * MAX_BYTES });
    if (!line.ok) return failed({ kind: line.failure.kind === 'absent' ? 'absent' : 'silent', detail: line.failure.detail });
    const socket = new CommandSocket(line.value, signal);
    const greeted = await socket.exchange({ version: '0.2' }, timeoutMs);
    if (greeted.ok) return ok(socket);
    socket.close();
    return greeted;
  }

  /** Sends a command; the `message` of an answer that says OK. */
  command(name: string, timeoutMs: number): Promise<Outcome<unknown, NoAnswer>> {
    return this.exchange({ command: name }, timeoutMs);
  }

  async version(timeoutMs: number): Promise<Outcome<string, NoAnswer>> {
    const said = await this.command('version', timeoutMs);
    if (!said.ok) return said;
    return typeof said.value === 'string' ? ok(printable(said.value)) : failed(strange('version'));
  }

  /** Over all tenants. */
  async stats(timeoutMs: number): Promise<Outcome<RuleStats, NoAnswer>> {
    const said = await this.command('ruleset-stats', timeoutMs);
    if (!said.ok) return said;
    const all = listOf(said.value).map((one) => ({ loaded: numberOf(one, 'rules_loaded'), failed: numberOf(one, 'rules_failed') }));
    if (all.length === 0) return failed(strange('ruleset-stats'));
    let sum: RuleStats = { loaded: 0, failed: 0 };
    for (const one of all) {
      if (one.loaded === undefined || one.failed === undefined) return failed(strange('ruleset-stats'));
      sum = { loaded: sum.loaded + one.loaded, failed: sum.failed + one.failed };
    }
    return ok(sum);
  }

  async failedRules(timeoutMs: number): Promise<Outcome<readonly FailedRule[], NoAnswer>> {
    const said = await this.command('ruleset-failed-rules', timeoutMs);
    if (!said.ok) return said;
    return ok(listOf(said.value).map((one) => ({ file: textOf(one, 'filename'), line: numberOf(one, 'line') ?? 0 })));
  }

  close(): void {
    this.talk.close();
  }

  private async exchange(request: object, timeoutMs: number): Promise<Outcome<unknown, NoAnswer>> {
    this.talk.say(JSON.stringify(request));
    const line = await this.talk.hear(timeoutMs, this.signal);
    if (!line.ok) return failed({ kind: 'silent', detail: line.failure.detail });
    const read = readJson(line.value, { maxBytes: MAX_BYTES });
    const answer = read.ok ? read.value.value : undefined;
    if (!isObject(answer) || !('return' in answer)) return failed({ kind: 'silent', detail: `it answered "${printable(Buffer.from(line.value).toString('utf8'))}"` });
    const message = 'message' in answer ? answer.message : undefined;
    return answer.return === 'OK' ? ok(message) : failed({ kind: 'silent', detail: `it answered "${printable(typeof message === 'string' ? message : 'NOK')}"` });
  }
}

const strange = (command: string): NoAnswer => ({ kind: 'silent', detail: `its answer to ${command} is not understood` });
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function listOf(value: unknown): readonly object[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter(isObject);
}

const fieldOf = (from: object, key: string): unknown => new Map<string, unknown>(Object.entries(from)).get(key);

function numberOf(from: object, key: string): number | undefined {
  const value = fieldOf(from, key);
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function textOf(from: object, key: string): string {
  const value = fieldOf(from, key);
  return typeof value === 'string' ? value : '';
}

/** What an engine says goes into logs and results: printable ASCII, one line. */
export const printable = (text: string): string => text.replace(/[^\x20-\x7e]+/g, ' ').trim().slice(0, 200);

/** `Suricata 7.0.10 RELEASE, 4 rules loaded, 0 failed`. */
export const runningText = (version: string, { loaded, failed: bad }: RuleStats): string => `Suricata ${version}, ${loaded} rules loaded, ${bad} failed`;
