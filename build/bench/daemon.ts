import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createLocalHttp } from '../../src/platform/index.ts';
import { GLUED, Machine, PROVEN } from './machine.ts';
import { line, median, round } from './measure.ts';

const IDS = ['one', 'two', 'three'];
/** Memory is given back 10 s after the last command, and the runtime tidies up once more after half a minute. */
const REST_MS = 45_000;
const IDLE_MS = 30_000;
const local = createLocalHttp();
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** CPU time of a process so far, all threads, as the scheduler counted it (proc(5), schedstat: nanoseconds). */
function cpuMs(pid: number): number {
  const times = readdirSync(`/proc/${pid}/task`).map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]));
  return times.reduce((sum, ns) => sum + ns, 0) / 1e6;
}

function memoryMb(pid: number): { readonly rss_mb: number; readonly anonymous_mb: number } {
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return { rss_mb: round(kib('VmRSS') / 1024), anonymous_mb: round(kib('RssAnon') / 1024) };
}

/** The executable, read from the disk as after a start of the machine: of a file that was just written, all is in memory and counts as resident. */
function coldCopy(machine: Machine): string {
  const copy = machine.path('glued');
  copyFileSync(GLUED, copy);
  spawnSync('sync', [copy]);
  spawnSync('dd', [`if=${copy}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
  return copy;
}

/** One warm no-op poll after the other, each from the request to its result: the CPU that each of them took. */
async function poll(pid: number, socket: string, count: number): Promise<readonly number[]> {
  const samples: number[] = [];
  let result: () => void = () => undefined;
  const ending = new AbortController();
  const stream = local.ask({
    socket,
    method: 'GET',
    target: '/v1/events',
    idleMs: 600_000,
    maxBytes: 1,
    signal: ending.signal,
    chunk: (text) => {
      if (text.includes('event: result') || text.includes('event: hello')) result();
    },
  });
  await new Promise<void>((done) => (result = done));
  for (let i = 0; i < count; i++) {
    const before = cpuMs(pid);
    const over = new Promise<void>((done) => (result = done));
    await local.ask({ socket, method: 'POST', target: '/v1/run', idleMs: 60_000, maxBytes: 1 << 20 });
    await over;
    // what is still done after the result belongs to the poll too
    await wait(10);
    samples.push(cpuMs(pid) - before);
  }
  ending.abort();
  await stream;
  return samples;
}

/** A daemon with three components that are current: what a poll costs, what waiting costs, what it holds. POLLS: 200. */
export async function daemon(): Promise<void> {
  const machine = new Machine();
  try {
    machine.repository(IDS);
    for (const id of IDS) {
      mkdirSync(machine.path('in', id), { recursive: true });
      writeFileSync(machine.path('in', id, 'data.db'), `${id}\n`.repeat(1000));
      machine.publish(id, machine.path('in', id), '1.0');
    }
    machine.policy(await machine.serve(), PROVEN);
    for (const id of IDS) machine.register(id);
    machine.glued('run', '--quiet', ...machine.place);
    const child = spawn(coldCopy(machine), ['daemon', ...machine.place], { stdio: ['ignore', 'ignore', 'inherit'] });
    const ended = new Promise((done) => child.on('exit', done));
    const pid = child.pid ?? 0;
    const socket = machine.path('machine/state/run/glued.sock');
    while (!(await local.ask({ socket, method: 'GET', target: '/v1/status', idleMs: 60_000, maxBytes: 1 << 24 })).ok) {
      if (child.exitCode !== null) throw new Error(`the daemon ended by itself, with ${child.exitCode}`);
      await wait(50);
    }
    const polls = Number(process.env['POLLS'] ?? 200);
    await poll(pid, socket, 20);
    const samples = await poll(pid, socket, polls);
    const cpu = round(median(samples));
    line('daemon.poll', { polls, cpu_ms: cpu, least_cpu_ms: round(Math.min(...samples)), target: 6, met: cpu <= 6 });
    await wait(REST_MS);
    const memory = memoryMb(pid);
    line('daemon.memory', { ...memory, after_polls: polls + 20, target: 90, met: memory.rss_mb <= 90 });
    const before = cpuMs(pid);
    await wait(IDLE_MS);
    const percent = round(((cpuMs(pid) - before) / IDLE_MS) * 100, 3);
    line('daemon.idle', { seconds: IDLE_MS / 1000, cpu_percent: percent, target: 0.1, met: percent <= 0.1 });
    child.kill('SIGTERM');
    await ended;
  } finally {
    machine.close();
  }
}
