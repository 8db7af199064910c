import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { at } from '../../build/support/root.ts';
import type { Person } from './fake-desktop.ts';
import { temporaryFolder } from './repository.ts';

const PYTHON = '/usr/bin/python3';
const SERVICE = at('test', 'support', 'notification-server.py');

/** Why no session bus with a notification service can be had here, or undefined. */
export function busMissing(): string | undefined {
  const found = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
  const missing = ['dbus-daemon', 'busctl', 'notify-send', 'setpriv'].filter((p) => !found(p));
  if (!existsSync(PYTHON) || spawnSync(PYTHON, ['-c', 'from gi.repository import Gio']).status !== 0) missing.push("Python's gi");
  return missing.length === 0 ? undefined : `${missing.join(', ')} not here`;
}

export type Shown = { readonly method: string; readonly id: number; readonly title: string; readonly text: string; readonly actions: readonly string[]; readonly uid: number };

/** A real session bus in a folder of its own, with a notification service that answers as a person would. */
export class SessionBus {
  readonly folder: string;
  private readonly children: ChildProcess[] = [];
  private readonly uid: number;

  private constructor(uid: number) {
    this.uid = uid;
    this.folder = temporaryFolder('bus');
    chmodSync(this.folder, 0o755);
    mkdirSync(join(this.folder, 'run'));
    chmodSync(join(this.folder, 'run'), 0o777);
    this.behave({ answers: 'none' });
  }

  /** `uid`: who is logged in; another than ours only as root. */
  static async start(uid = process.getuid?.() ?? 0): Promise<SessionBus> {
    const bus = new SessionBus(uid);
    await bus.child(['dbus-daemon', '--session', '--nofork', '--nopidfile', '--print-address=1', `--address=${bus.address}`]);
    await bus.child([PYTHON, SERVICE, bus.runtime]);
    return bus;
  }

  /** what logind calls the user's runtime path */
  get runtime(): string {
    return join(this.folder, 'run');
  }

  get address(): string {
    return `unix:path=${this.runtime}/bus`;
  }

  /** nobody: there is no such bus. It is another person's desktop from the next call on. */
  behave(person: Person): void {
    const capabilities = person === 'cannot-answer' ? ['body'] : ['actions', 'body', 'body-markup'];
    const answer = typeof person === 'object' ? person.answers : 'none';
    writeFileSync(join(this.folder, 'new'), JSON.stringify({ capabilities, answer }));
    renameSync(join(this.folder, 'new'), join(this.runtime, 'behaviour'));
  }

  calls(): readonly Shown[] {
    const path = join(this.runtime, 'calls');
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').map((line): Shown => JSON.parse(line)) : [];
  }

  shown(): readonly Shown[] {
    return this.calls().filter((c) => c.method === 'Notify');
  }

  end(): void {
    for (const child of this.children) child.kill('SIGKILL');
  }

  /** Starts a program as the user, and waits for its first line. */
  private child(argv: readonly string[]): Promise<void> {
    const as = this.uid === process.getuid?.() ? [] : ['setpriv', `--reuid=${this.uid}`, `--regid=${this.uid}`, '--clear-groups', '--'];
    const [program = '', ...rest] = [...as, ...argv];
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] ?? '', DBUS_SESSION_BUS_ADDRESS: this.address, PYTHONDONTWRITEBYTECODE: '1' } });
    this.children.push(child);
    return new Promise((resolve, reject) => {
      let said = '';
      child.stderr.on('data', (chunk) => (said += String(chunk)));
      child.stdout.once('data', () => resolve());
      child.once('exit', (code) => reject(new Error(`${argv[0]} ended with ${code}: ${said}`)));
    });
  }
}
