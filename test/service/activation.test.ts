import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runtimes } from '../support/runtimes.ts';
import { saySkipped } from '../support/skip.ts';
import { StoryWorld } from '../support/story-world.ts';

const test = suite('socket activation');

/** Longer than any machine needs; what is waited for ends it. */
const PATIENCE_MS = 60_000;

async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited in vain for ${what}`);
}

type Answer = { readonly status: number; readonly body: { readonly [key: string]: unknown } };

/** One request on a unix socket; undefined where nobody answers. */
function ask(socketPath: string, method: string, path: string): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, method, path, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
        resolve({ status: answer.statusCode ?? 0, body: Object(body) });
      });
    });
    asked.on('error', () => resolve(undefined));
    asked.end();
  });
}

const ended = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.on('exit', (code) => resolve(code)));

for (const rt of runtimes()) {
  test(`${rt.name}: the first request starts the daemon, which answers it, carries out a run and ends by itself`, async () => {
    if (spawnSync('systemd-socket-activate', ['--version']).error !== undefined) return saySkipped('systemd-socket-activate is not here (Debian: systemd)');
    const world = await StoryWorld.make();
    const machine = world.machine(rt);
    await world.release('demo', '1.0');
    machine.register('demo').policy({ probation: { minutes: 0 } });
    const socket = join(machine.folder, 'activated.sock');
    const argv = [...rt.argv([...machine.permissions()]), 'daemon', '--idle-exit', '2s', ...machine.place];
    // systemd's environment of a service: nothing of a user's
    const child = spawn('systemd-socket-activate', [`--listen=${socket}`, ...argv], { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    const end = ended(child);
    try {
      await until('the socket', () => (existsSync(socket) ? true : undefined));
      assert.not.match(said, /Communication attempt/, 'nothing was started yet');
      const status = await until('an answer', () => ask(socket, 'GET', '/v1/status'));
      assert.is(status.status, 200, said);
      assert.is(Object(status.body['daemon']).pid, child.pid, 'the process that systemd started serves the socket that systemd made');
      const asked = await ask(socket, 'POST', '/v1/run');
      assert.is(asked?.status, 202, said);
      await until('the content', () => (existsSync(machine.live()) ? true : undefined));
      assert.not(existsSync(join(machine.state, 'run', 'glued.sock')), 'it opened no second socket');
      assert.is(await end, 0, said);
    } finally {
      child.kill('SIGKILL');
      machine.end();
      world.end();
    }
  });
}

test.run();
