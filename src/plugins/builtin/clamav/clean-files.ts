import type { Ports } from '../../../model/index.ts';

/** What no database may ever detect, by platform, beside the engine itself: init, the shell, libc. Those that are there count. */
const CLEAN: Readonly<Record<Ports['os']['platform'], readonly string[]>> = {
  linux: [
    '/sbin/init',
    '/bin/sh',
    '/lib/x86_64-linux-gnu/libc.so.6',
    '/lib/aarch64-linux-gnu/libc.so.6',
    '/lib/i386-linux-gnu/libc.so.6',
    '/lib/arm-linux-gnueabihf/libc.so.6',
    '/lib/riscv64-linux-gnu/libc.so.6',
    '/lib/powerpc64le-linux-gnu/libc.so.6',
    '/lib/s390x-linux-gnu/libc.so.6',
    '/lib64/libc.so.6',
    '/usr/lib/libc.so.6',
    '/lib/ld-musl-x86_64.so.1',
    '/lib/ld-musl-aarch64.so.1',
  ],
  darwin: ['/sbin/launchd', '/bin/sh', '/usr/lib/dyld'],
  win32: ['C:\\Windows\\System32\\wininit.exe', 'C:\\Windows\\System32\\cmd.exe', 'C:\\Windows\\System32\\ntdll.dll', 'C:\\Windows\\System32\\svchost.exe'],
  other: ['/sbin/init', '/bin/sh'],
};

/** The files of this machine that the engine must call clean whatever policy says: each once, where its links lead. */
export function alwaysClean(ports: Pick<Ports, 'files' | 'os'>, engine: string): readonly string[] {
  const real = [engine, ...CLEAN[ports.os.platform]].flatMap((path) => {
    const found = ports.files.realPath(path);
    const seen = found.ok ? ports.files.stat(found.value) : found;
    return found.ok && seen.ok && 'type' in seen.value && seen.value.type === 'file' ? [found.value] : [];
  });
  return [...new Set(real)];
}
