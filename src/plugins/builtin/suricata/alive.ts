import type { Component, EngineLife, Ports } from '../../../model/index.ts';
import { findEngine } from '../../engine-version.ts';
import { lastLines } from '../../log-tail.ts';
import { CommandSocket, socketPath } from './command-socket.ts';
import { logsOf } from './engine-config.ts';
import { dumpConfig, SURICATA } from './engine.ts';

/** Its last word where it was told to end; after a death there is none. */
const IN_ORDER = /Signal Received\.\s+Stopping engine/;
const STARTED = /This is Suricata version/g;

/** How Suricata fares. It leaves its socket whether it ends in order or dies, and its log says which. */
export async function suricataLife(ports: Pick<Ports, 'files' | 'sockets' | 'proc' | 'os'>, component: Component, timeoutMs: number, signal: AbortSignal): Promise<EngineLife> {
  const path = socketPath(component);
  const opened = await CommandSocket.open(ports, component, timeoutMs, signal);
  if (opened.ok) {
    const version = await opened.value.version(timeoutMs);
    opened.value.close();
    return version.ok ? { kind: 'up', identity: ports.sockets.listener(path) ?? path, says: version.value } : { kind: 'silent', detail: version.failure.detail };
  }
  const { detail } = opened.failure;
  if (opened.failure.kind === 'silent') return { kind: 'silent', detail };
  const socket = ports.files.statFollowing(path);
  if (!socket.ok) return { kind: 'stopped', detail };
  const lastWords = await lastWordsOf(ports, component, timeoutMs, signal);
  const sinceStart = lastWords.slice([...lastWords.matchAll(STARTED)].at(-1)?.index ?? 0);
  if (IN_ORDER.test(sinceStart)) return { kind: 'stopped', detail: 'its log says that it was told to stop' };
  return { kind: 'dead', since: socket.value.modifiedAt, detail: `nobody listens on its socket ${path} any more`, lastWords };
}

async function lastWordsOf(ports: Pick<Ports, 'files' | 'proc' | 'os'>, component: Component, timeoutMs: number, signal: AbortSignal): Promise<string> {
  const program = findEngine(ports, component, SURICATA);
  const dumped = program === undefined ? undefined : await dumpConfig(ports, component, program, timeoutMs, signal);
  const logs = dumped?.ok === true ? logsOf(dumped.value.stdout) : [];
  return logs.map((path) => lastLines(ports.files, path)).find((text) => text !== '') ?? '';
}
