import { dirname } from 'node:path';
import { cli, endWith, type Surroundings, tellingOf } from './cli/index.ts';
import type { Network, World } from './engine/index.ts';
import { CODES, type ExitCode, failure, type Failure, type Log, ok, type Outcome, type Policy, type Terminal } from './model/index.ts';
import type { KeptHttp, Router, Trace } from './net/index.ts';
import { createBecome, createListener, createLocalHttp, createPorts, createProbe, nameProcess, onSignals, type Platform, releaseMemory } from './platform/index.ts';

/** Both are put in by the bundler; the sources run without them. */
declare const GLUED_VERSION: string | undefined;
/** epoch seconds */
declare const GLUED_BUILD_EPOCH: number | undefined;

const AGENT_VERSION = typeof GLUED_VERSION === 'string' ? GLUED_VERSION : '0.0.0-source';
const BUILD_TIME = typeof GLUED_BUILD_EPOCH === 'number' ? GLUED_BUILD_EPOCH * 1000 : 0;

/** Who looks on: a trace, and whoever must know what is secret. */
type Watching = { readonly trace?: Trace; readonly hide?: (secret: string) => void; readonly staying?: Staying };
/** What a process that stays keeps between its runs. */
type Staying = { http?: KeptHttp };
type RoutedNetwork = Network & { readonly route?: Router };

/** The way to the policy's servers, opened when the engine first wants to ask one. */
async function openNetwork(platform: Platform, policy: Policy, levelIsGiven: boolean, watching: Watching = {}): Promise<Outcome<RoutedNetwork, Failure>> {
  const { ports } = platform;
  const { trace } = watching;
  const net = await import('./net/index.ts');
  // --log-level beats the policy's
  if (!levelIsGiven) platform.logLevel(policy.log.level);
  const { proxySettings: settings } = platform;
  const redact = (secret: string): void => {
    platform.redact(secret);
    trace?.hide(secret);
    watching.hide?.(secret);
  };
  const router = policy.proxy.mode === 'none' ? ok(undefined) : net.proxyRouter(ports, policy.proxy, { settings, redact });
  if (!router.ok) return router;
  const servers = net.serverAccess(ports, policy.servers);
  if (!servers.ok) return servers;
  for (const server of servers.value) for (const secret of net.secretsOfHeaders(server.headers)) redact(secret);
  const tls = net.tlsMaterial(ports, policy.tls);
  if (!tls.ok) return tls;
  const direct = { tls: tls.value, agentVersion: AGENT_VERSION };
  const by = { ...(router.value === undefined ? {} : { router: router.value }), ...(trace === undefined ? {} : { trace }) };
  const { staying } = watching;
  const isKept = staying !== undefined && Object.keys(by).length === 0;
  const http = isKept ? await (staying.http ??= new net.KeptHttp()).take(ports, direct) : await net.createHttp(ports, { ...direct, ...by });
  return ok({ http, servers: servers.value, ...(router.value === undefined ? {} : { route: router.value }) });
}

/**
 * The log, opened at the first line that finds the folder above its own: the state folder is the state's to make, with its own mode.
 * Until then the platform holds the lines.
 */
function lateLog({ ports, logTo }: Platform): { readonly log: Log; readonly logTo: (path: string) => void } {
  let waiting: string | undefined;
  return {
    logTo: (path) => {
      waiting = path;
    },
    log: {
      write(level, event, data) {
        if (waiting !== undefined && ports.files.stat(dirname(dirname(waiting))).ok) {
          logTo(waiting);
          waiting = undefined;
        }
        ports.log.write(level, event, data);
      },
    },
  };
}

function surroundings(platform: Platform, argv: readonly string[], terminal: Terminal): Surroundings {
  const signals = onSignals();
  const { log, logTo } = lateLog(platform);
  const ports = { ...platform.ports, terminal, log };
  const levelIsGiven = argv.some((t) => t === '--log-level' || t.startsWith('--log-level='));
  const worldWith = (watching: Watching): World => ({
    ports,
    agentVersion: AGENT_VERSION,
    buildTime: BUILD_TIME,
    plugIns: async (allowed, place) => (await import('./plugins/index.ts')).createPlugIns(ports, allowed, place),
    network: (policy) => openNetwork({ ...platform, ports }, policy, levelIsGiven, watching),
  });
  return {
    ...ports,
    agentVersion: AGENT_VERSION,
    buildTime: BUILD_TIME,
    signal: signals.signal,
    signalName: signals.name,
    onHangup: signals.onHangup,
    become: createBecome,
    releaseMemory,
    world: (trace) => worldWith(trace === undefined ? {} : { trace }),
    stayingWorld: async () => ({ ...worldWith({ staying: {} }), kept: new (await import('./state/index.ts')).KeptState() }),
    doctorNetwork: (policy, hide) => openNetwork({ ...platform, ports }, policy, levelIsGiven, { hide }),
    probe: createProbe(),
    listener: createListener(),
    local: createLocalHttp(),
    logTo,
    logLevel: platform.logLevel,
  };
}

/** A terminal that remembers whether data was written: after a crash no second document may follow the first. */
function watched(terminal: Terminal): { readonly terminal: Terminal; readonly wrote: () => boolean } {
  let wrote = false;
  const out = (text: string): void => {
    wrote = true;
    terminal.out(text);
  };
  return { terminal: Object.create(terminal, { out: { value: out } }), wrote: () => wrote };
}

async function main(argv: readonly string[]): Promise<ExitCode> {
  nameProcess('glued');
  const platform = createPorts({ colour: argv.includes('--no-color') ? 'never' : 'auto' });
  const { terminal, wrote } = watched(platform.ports.terminal);
  const around = surroundings(platform, argv, terminal);
  try {
    return await cli(argv, around);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const stack = error instanceof Error ? (error.stack ?? message) : message;
    around.log.write('error', 'internal-error', { stack });
    if (argv.join(' ').match(/--log-level[= ]debug/) !== null) terminal.err(`${stack}\n`);
    await endWith(failure('internal-error', { message }), wrote() ? 'text' : tellingOf(argv), around);
    return CODES.internal;
  }
}

// what was written is out already; connections that are kept alive are not waited for
process.exit(await main(process.argv.slice(2)));
