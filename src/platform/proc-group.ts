import { readdirSync, readFileSync } from 'node:fs';
import { attempt } from './io.ts';

/** A process and the memory that it holds in RAM. */
export type Member = { readonly pid: number; readonly rssBytes: number };

/** `ps`-like facts of one process from /proc/PID/status, or undefined where it is gone or there is no /proc. */
function memberOf(pid: number): Member | undefined {
  const read = attempt('read', `/proc/${pid}/status`, () => readFileSync(`/proc/${pid}/status`, 'latin1'));
  if (!read.ok) return undefined;
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(read.value)?.[1];
  return { pid, rssBytes: kib === undefined ? 0 : Number(kib) * 1024 };
}

function childrenOf(pid: number): readonly number[] {
  const tasks = attempt('list', `/proc/${pid}/task`, () => readdirSync(`/proc/${pid}/task`));
  if (!tasks.ok) return [];
  return tasks.value.flatMap((task) => {
    const read = attempt('read', 'children', () => readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1'));
    return read.ok ? read.value.split(' ').filter(Boolean).map(Number) : [];
  });
}

/** The process and all that descend from it, by parentage: cheap, and sees who left the group. */
export function descendants(root: number): readonly Member[] {
  const seen = new Map<number, Member>();
  const queue = [root];
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    const member = seen.has(pid) ? undefined : memberOf(pid);
    if (member === undefined) continue;
    seen.set(pid, member);
    queue.push(...childrenOf(pid));
  }
  return [...seen.values()];
}

/** Every process of a group, orphans too: reads all of /proc, so it is asked seldom. */
export function groupMembers(group: number): readonly Member[] {
  const listed = attempt('list', '/proc', () => readdirSync('/proc'));
  if (!listed.ok) return [];
  return listed.value
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => groupOf(pid) === group)
    .map(memberOf)
    .filter((m) => m !== undefined);
}

/** proc(5): `pid (name) state ppid pgrp …`; the name may hold spaces and parentheses. */
function groupOf(pid: number): number | undefined {
  const read = attempt('read', 'stat', () => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  if (!read.ok) return undefined;
  return Number(read.value.slice(read.value.lastIndexOf(')') + 2).split(' ')[2]);
}

/** SIGKILL to the group and to those that left it. Who is gone already is fine. */
export function killAll(group: number, others: ReadonlySet<number>): void {
  signalEach([-group, group, ...others], 'KILL');
}

/** SIGTERM to the group: whoever can end in order, may. */
export function terminate(group: number): void {
  signalEach([-group], 'TERM');
}

function signalEach(targets: readonly number[], signal: 'KILL' | 'TERM'): void {
  const refused = targets.filter((target) => {
    const sent = attempt('kill', String(target), () => process.kill(target, `SIG${signal}`));
    return !sent.ok && sent.failure.kind === 'denied';
  });
  if (refused.length > 0) signalByShell(refused, signal);
}

/** Deno with a list of programs lets us signal nobody; the shell, which is in that list because it sets limits, may. */
function signalByShell(targets: readonly number[], signal: 'KILL' | 'TERM'): void {
  const script = 'signal=$1; shift; for target in "$@"; do kill "-$signal" "$target" 2>/dev/null; done';
  attempt('kill', targets.join(' '), () =>
    process
      .getBuiltinModule('node:child_process')
      .spawnSync('/bin/sh', ['-c', script, 'sh', signal, ...targets.map(String)], { stdio: 'ignore', timeout: 5000 }),
  );
}
