import type { Ports } from '../model/index.ts';

/** systemd-notify waits until the message was read, at most 5 s. */
const TIMEOUT_MS = 10_000;
const MAX_MEMORY_BYTES = 256 * 1024 * 1024;
const KEEP_BYTES = 4096;
const SEARCH_PATH = '/usr/bin:/bin';

/**
 * Tells systemd that the daemon answers, where its unit waits for that (`Type=notify`, sd_notify(3)): one that hangs before is killed and
 * started again. systemd's own program says it, since neither Node nor Deno can send to a datagram socket in the file system.
 */
export async function tellReady({ proc, os, log }: Pick<Ports, 'proc' | 'os' | 'log'>): Promise<void> {
  const socket = os.env['NOTIFY_SOCKET'];
  if (socket === undefined) return;
  const ran = await proc.run({
    argv: ['systemd-notify', '--ready'],
    env: { PATH: SEARCH_PATH, NOTIFY_SOCKET: socket },
    timeoutMs: TIMEOUT_MS,
    maxMemoryBytes: MAX_MEMORY_BYTES,
    keepBytes: KEEP_BYTES,
    signal: new AbortController().signal,
  });
  if (ran.ok && ran.value.kind === 'exit' && ran.value.exit === 0) return;
  log.write('error', 'not-told-ready', { problem: ran.ok ? ran.value.stderr : ran.failure.detail });
}
