import type { ChildEnd, Ports } from '../model/index.ts';

/** Programs that speak to the system of who is logged in, or to a desktop: small, and they answer at once. */
const LIMITS = { maxMemoryBytes: 256 * 1024 * 1024, keepBytes: 64 * 1024 } as const;
const ANSWER_MS = 10_000;

/** How a small program is run: whole environment, time limit, who may stop it. */
export type Way = { readonly env?: Readonly<Record<string, string>>; readonly timeoutMs?: number; readonly signal?: AbortSignal };

/** Runs a program; undefined where it is not there or may not be started. */
export async function small({ proc }: Pick<Ports, 'proc'>, argv: readonly [string, ...string[]], { env = {}, timeoutMs = ANSWER_MS, signal = new AbortController().signal }: Way = {}): Promise<ChildEnd | undefined> {
  const ran = await proc.run({ argv, env: { LC_ALL: 'C.UTF-8', PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...env }, timeoutMs, signal, ...LIMITS });
  return ran.ok ? ran.value : undefined;
}

/** What a program said that ended well. */
export async function said(ports: Pick<Ports, 'proc'>, argv: readonly [string, ...string[]], way: Way = {}): Promise<string | undefined> {
  const end = await small(ports, argv, way);
  return end?.kind === 'exit' && end.exit === 0 ? end.stdout : undefined;
}

/** The login sessions by `who`, a line each. */
export async function whoLogins(ports: Pick<Ports, 'proc'>): Promise<readonly string[] | undefined> {
  const lines = await said(ports, ['who']);
  return lines?.split('\n').map((line) => line.trim().replace(/\s+/g, ' ')).filter((line) => line !== '');
}
