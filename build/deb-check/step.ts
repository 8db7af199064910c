import { spawnSync } from 'node:child_process';

/** What a program ended with, and all that it said. */
export type Ran = { readonly code: number; readonly out: string };

const began = performance.now();
let held = 0;

/** One check, with what was seen. The first that does not hold ends all of them, with what was said. */
export function step(what: string, holds: boolean, said: string | (() => string) = ''): void {
  process.stdout.write(`${holds ? 'ok  ' : 'FAIL'} ${what}\n`);
  if (!holds) throw new Error(`${what}\n${typeof said === 'string' ? said : said()}`);
  held++;
}

/** More of what was seen, indented. */
export function show(text: string): void {
  process.stdout.write(text.replace(/^/gm, '     ').trimEnd().concat('\n'));
}

export function sum(): string {
  return `deb-check: all ${held} checks hold, after ${Math.round((performance.now() - began) / 1000)} s`;
}

export function ran(program: string, args: readonly string[]): Ran {
  const done = spawnSync(program, [...args], { encoding: 'utf8', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' }, maxBuffer: 64 * 1024 * 1024 });
  return { code: done.status ?? 1, out: `${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}` };
}
