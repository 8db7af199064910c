import { existsSync } from 'node:fs';

const PLACES = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib'];
const LIBRARY = PLACES.map((dir) => `${dir}/faketime/libfaketimeMT.so.1`).find((path) => existsSync(path));

/** Is there a library that moves a program's clock? */
export const hasFaketime: boolean = LIBRARY !== undefined;

/** The environment of a program whose clock is moved (`+3652d`, `-90`: days, seconds); its monotonic clock and its files' times stay. */
export function clockMoved(by: string): Readonly<Record<string, string>> {
  return { LD_PRELOAD: LIBRARY ?? '', FAKETIME: by, FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1', NO_FAKE_STAT: '1' };
}
