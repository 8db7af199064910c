import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { SocketPlace } from '../model/index.ts';
import { attempt } from './io.ts';

/** Which process listens there, by /proc; else a unix socket's own mark, which most engines make anew at each start. */
export function listener(place: SocketPlace): string | undefined {
  const inode = typeof place === 'string' ? unixInode(place) : portInode(place.port);
  const pid = inode === undefined ? undefined : holderOf(inode);
  const since = pid === undefined ? undefined : startOf(pid);
  if (since !== undefined) return `pid ${pid} since ${since}`;
  const seen = typeof place === 'string' ? attempt('stat', place, () => statSync(place)) : undefined;
  return seen?.ok === true && seen.value.isSocket() ? `socket ${seen.value.ino} of ${Math.round(seen.value.mtimeMs)}` : undefined;
}

/** The rows of a table of sockets in /proc/net, cut into columns. */
function rowsOf(table: string): readonly (readonly string[])[] {
  const read = attempt('read', table, () => readFileSync(`/proc/net/${table}`, 'latin1'));
  return read.ok ? read.value.split('\n').map((line) => line.trim().split(/\s+/)) : [];
}

/** The kernel's number of the socket that listens (flag `__SO_ACCEPTCON`) at this path, by whatever links that is written. */
function unixInode(path: string): string | undefined {
  const real = realOf(path);
  const rows = rowsOf('unix').filter((row) => row[3] === '00010000' && basename(row[7] ?? '') === basename(path));
  return rows.find((row) => row[7] === path || realOf(row[7] ?? '') === real)?.[6];
}

/** The same of a port: `0A` is TCP_LISTEN. */
function portInode(port: number): string | undefined {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return [...rowsOf('tcp'), ...rowsOf('tcp6')].find((row) => row[1]?.endsWith(ending) === true && row[3] === '0A')?.[9];
}

function realOf(path: string): string {
  const real = attempt('realpath', path, () => realpathSync(path));
  return real.ok ? real.value : path;
}

/** The process that has the socket open; another one than init where both have, for init only keeps it for the engine. */
function holderOf(inode: string): number | undefined {
  const listed = attempt('list', '/proc', () => readdirSync('/proc'));
  const pids = listed.ok ? listed.value.filter((name) => /^\d+$/.test(name)).map(Number).toSorted((a, b) => b - a) : [];
  return pids.find((pid) => holds(pid, `socket:[${inode}]`));
}

function holds(pid: number, link: string): boolean {
  const listed = attempt('list', 'fd', () => readdirSync(`/proc/${pid}/fd`));
  return listed.ok && listed.value.some((fd) => {
    const target = attempt('readlink', 'fd', () => readlinkSync(`/proc/${pid}/fd/${fd}`));
    return target.ok && target.value === link;
  });
}

/** Clock ticks between the machine's start and the process's (proc(5), field 22 of stat). */
function startOf(pid: number): string | undefined {
  const stat = attempt('read', 'stat', () => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  return stat.ok ? stat.value.slice(stat.value.lastIndexOf(')') + 2).split(' ')[19] : undefined;
}
