import type { Terminal } from '../../src/model/index.ts';

/** A terminal that keeps what was written to it. */
export function keptTerminal(more: Partial<Terminal> = {}): Terminal & { readonly stdout: () => string; readonly stderr: () => string } {
  const out: string[] = [];
  const err: string[] = [];
  return {
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    stdinIsTerminal: false,
    columns: 100,
    colour: 'off',
    out: (text) => void out.push(text),
    outClosed: () => false,
    err: (text) => void err.push(text),
    ask: () => Promise.resolve(undefined),
    ...more,
    stdout: () => out.join(''),
    stderr: () => err.join(''),
  };
}
