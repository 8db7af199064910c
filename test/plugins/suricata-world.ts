/** Rules, configurations and engines for the suricata plug-in's tests: the real suricata, stubs of it, and fakes of its command socket. */
import { createSocket } from 'node:dgram';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Component, Content } from '../../src/model/index.ts';
import { componentAt, newFolder, realPorts, type Tree, writeContent } from './world.ts';

export const suricata = realPorts.proc.find(['suricata']);
const ENGINE_YAML = '/etc/suricata/suricata.yaml';

/** Why a test that needs the engine cannot be done here, or undefined. */
export const lacking = (): string | undefined =>
  suricata === undefined ? 'suricata is not installed' : existsSync(ENGINE_YAML) ? undefined : `${ENGINE_YAML} is not there`;

export const rule = (sid: number, what = `content:"glued-${sid}"`): string => `alert tcp any any -> any any (msg:"glued ${sid}"; ${what}; sid:${sid}; rev:1;)\n`;

/** An engine's configuration: Debian's, with the rules of a folder, no output, and a socket of its own. */
export function writeConf(folder: string, rules: string, more: readonly string[] = [], ruleFiles: readonly string[] = ['*.rules', 'sub/*.rules']): string {
  const path = join(folder, 'suricata.yaml');
  const include = existsSync(ENGINE_YAML) ? [`include: ${ENGINE_YAML}`] : [];
  const lines = ['%YAML 1.1', '---', ...include, `default-rule-path: ${rules}`, 'rule-files:', ...ruleFiles.map((name) => `  - "${name}"`), ...more, ''];
  writeFileSync(path, lines.join('\n'));
  return path;
}

export type SuricataWorld = { readonly root: string; readonly component: Component; readonly socket: string; readonly content: (sequence: number, tree: Tree, shape?: 'file' | 'tree') => Content };

/** A folder of rules of its own, and no engine that runs. */
export function suricataWorld(settings: Record<string, string> = {}, root = newFolder()): SuricataWorld {
  mkdirSync(join(root, 'product'), { recursive: true });
  const rules = join(root, 'product', 'rules');
  const socket = join(root, 'command.socket');
  const component = componentAt('suricata', rules, { CommandSocket: socket, ConfigFile: writeConf(root, rules), ...settings });
  return { root, component, socket, content: (sequence, tree, shape = 'tree') => writeContent(join(root, 'product', '.glued-demo'), sequence, shape, tree) };
}

/** The filter files of an administrator, in a folder of their own. */
export function filterFolder(root: string, files: Readonly<Record<string, string>>): string {
  const folder = join(root, 'filters');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o644 });
  return folder;
}

/** An engine that is a shell script: it reads its configuration, and `-T` does as the body says. */
export function stubEngine(root: string, body: string): string {
  const path = join(root, 'engine.sh');
  const rules = join(root, 'product', 'rules');
  const dump = `printf 'default-rule-path = ${rules}\\nrule-files.0 = *.rules\\n'`;
  writeFileSync(path, `#!/bin/sh\ncase "$1" in -V) echo "This is Suricata version 9.9.9 RELEASE";; --dump-config) ${dump};; *) ${body};; esac\n`);
  chmodSync(path, 0o755);
  return path;
}

/** A socket whose listener was killed: the file stays, and nobody is behind it. */
export function staleSocket(path: string): void {
  spawnSync(process.execPath, ['-e', `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`]);
}

type Answer = object | string | undefined;

/** A command socket that is a script: what it answers to each command; undefined says nothing, a text is said as it is. */
export function fakeEngine(socket: string, answer: (command: string) => Answer): Promise<Server> {
  const server = createServer((line) => {
    line.on('error', () => undefined);
    let rest = '';
    line.on('data', (bytes) => {
      rest += bytes.toString();
      const asked = rest.split('\n');
      rest = asked.pop() ?? '';
      for (const one of asked) {
        const said: { readonly version?: string; readonly command?: string } = JSON.parse(one);
        const reply = answer(said.command ?? `hello ${said.version}`);
        if (reply !== undefined) line.write(typeof reply === 'string' ? reply : `${JSON.stringify(reply)}\n`);
      }
    });
  });
  server.unref();
  return new Promise((resolve) => server.listen(socket, () => resolve(server)));
}

/** The answers of an engine that runs so many rules. */
export function wellBehaved(loaded: number, bad = 0, failedIn = ''): (command: string) => Answer {
  const said: Readonly<Record<string, unknown>> = {
    version: '7.0.10 RELEASE',
    'reload-rules': 'done',
    'ruleset-reload-nonblocking': 'done',
    'ruleset-stats': [{ id: 0, rules_loaded: loaded, rules_failed: bad, rules_skipped: 0 }],
    'ruleset-failed-rules': bad === 0 ? [] : [{ tenant_id: 0, rule: 'x', filename: failedIn, line: 3 }],
  };
  return (command) => (command.startsWith('hello 0.2') ? { return: 'OK' } : command in said ? { message: said[command], return: 'OK' } : { message: 'Unknown command', return: 'NOK' });
}

export type Running = { readonly stop: () => Promise<void> };

/** A little for the engine to look at, as on any network: on a loopback interface that was still, one reload took more than a minute. Gives what ends it. */
function traffic(): () => void {
  const socket = createSocket('udp4').on('error', () => undefined);
  const timer = setInterval(() => socket.send('x', 9, '127.0.0.1'), 100).unref();
  socket.unref();
  return () => {
    clearInterval(timer);
    socket.close();
  };
}

/** Starts the real engine on loopback, with a folder of rules and a socket; why it cannot be started here, otherwise. Ends with the test process at the latest. */
export async function startSuricata(root: string, rules: string, socket: string): Promise<Running | string> {
  const folder = join(root, 'running');
  mkdirSync(folder);
  const more = ['outputs: []', 'unix-command:', '  enabled: yes', `  filename: ${socket}`, 'af-packet:', '  - interface: lo', '    threads: 1', '    use-mmap: no'];
  const conf = writeConf(folder, rules, more);
  const child = spawn(suricata ?? 'suricata', ['-c', conf, '--af-packet=lo', '-l', folder, '--pidfile', join(folder, 'pid')], { stdio: 'ignore' });
  child.unref();
  process.on('exit', () => child.kill('SIGKILL'));
  child.on('error', () => undefined);
  const log = join(folder, 'suricata.log');
  for (let i = 0; i < 600 && child.pid !== undefined && child.exitCode === null && child.signalCode === null; i++) {
    if (existsSync(log) && readFileSync(log, 'utf8').includes('Engine started')) {
      const still = traffic();
      const stop = (): Promise<void> =>
        new Promise((resolve) => {
          still();
          child.ref();
          child.on('exit', () => resolve());
          child.kill('SIGKILL');
        });
      return { stop };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill('SIGKILL');
  return `suricata cannot capture on loopback here: ${existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter((line) => /Error/.test(line)).join(' ') : 'no log'}`;
}
