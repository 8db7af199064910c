import { fstatSync, writeSync } from 'node:fs';
import type { Terminal } from '../model/index.ts';
import { attempt, errorCode } from './io.ts';

/** Back to the line's beginning, and the line erased (ECMA-48: CR, EL). */
const CLEARED_LINE = '\r\u001b[2K';
/** A pipe whose reader is slow is full for a while; so long is waited between two tries. */
const FULL_PIPE_MS = 5;

/** Standard input, output and error. `colour: 'never'` is --no-color. */
export function createTerminal(options: { readonly colour: 'auto' | 'never' }): Terminal {
  const stdoutIsTerminal = isTerminal(1);
  const stdout = writer(1);
  return {
    stdoutIsTerminal,
    stderrIsTerminal: isTerminal(2),
    stdinIsTerminal: isTerminal(0),
    get columns() {
      return columns();
    },
    colour: decideColour(options.colour, stdoutIsTerminal, variable),
    out: stdout.write,
    outClosed: stdout.closed,
    err: writer(2).write,
    ask,
  };
}

/** One decision for the whole process (no-color.org: set and not empty). NO_COLOR beats FORCE_COLOR: who asks for less gets it. */
export function decideColour(asked: 'auto' | 'never', stdoutIsTerminal: boolean, env: (name: string) => string | undefined): 'on' | 'off' {
  if (asked === 'never' || (env('NO_COLOR') ?? '') !== '') return 'off';
  const force = env('FORCE_COLOR') ?? '';
  if (force !== '') return force === '0' || force === 'false' ? 'off' : 'on';
  return stdoutIsTerminal && env('TERM') !== 'dumb' ? 'on' : 'off';
}

function variable(name: string): string | undefined {
  const asked = attempt('env', name, () => process.env[name]);
  return asked.ok ? asked.value : undefined;
}

/** Linux's device 1:3, /dev/null: what a service manager gives us for each. */
const LINUX_NULL_DEVICE = 0x103;

/** A stat costs nothing; node:tty (7 ms of CPU) is loaded only for what may be a terminal. */
function isTerminal(fd: number): boolean {
  const seen = attempt('fstat', `descriptor ${fd}`, () => fstatSync(fd));
  if (!seen.ok || !seen.value.isCharacterDevice()) return false;
  if (process.platform === 'linux' && seen.value.rdev === LINUX_NULL_DEVICE) return false;
  return process.getBuiltinModule('node:tty').isatty(fd);
}

function columns(): number {
  const said = Number(variable('COLUMNS'));
  if (Number.isSafeInteger(said) && said > 0) return said;
  return (isTerminal(1) ? process.stdout.columns : isTerminal(2) ? process.stderr.columns : undefined) ?? 80;
}

/** Writes at once, whole: building Node's streams costs more than all that we say. After a closed pipe nothing is said any more. */
function writer(fd: number): { readonly write: (text: string) => void; readonly closed: () => boolean } {
  let closed = false;
  const write = (text: string): void => {
    let rest: Uint8Array = Buffer.from(text);
    while (rest.length > 0 && !closed) {
      try {
        rest = rest.subarray(writeSync(fd, rest));
      } catch (error) {
        const code = errorCode(error);
        if (code === undefined) throw error;
        if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_MS);
        else closed = true;
      }
    }
  };
  return { write, closed: () => closed };
}

function ask(question: string, timeoutMs: number, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(undefined);
    const [last = '', ...before] = question.split('\n').reverse();
    // on a line of its own, whatever progress was shown there; readline draws the last line again at each key
    writer(2).write(`${isTerminal(2) ? CLEARED_LINE : ''}${before.reverse().map((line) => `${line}\n`).join('')}`);
    const lines = process.getBuiltinModule('node:readline').createInterface({ input: process.stdin, output: process.stderr });
    const end = (answer: string | undefined): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      lines.removeAllListeners();
      lines.close();
      resolve(answer);
    };
    const onAbort = (): void => end(undefined);
    const timer = setTimeout(onAbort, timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    lines.on('close', onAbort);
    lines.question(last, end);
  });
}
