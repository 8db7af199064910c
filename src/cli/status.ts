import { CODES, type Console, type ExitCode, failureText, type Ports, type StatusDocument } from '../model/index.ts';
import { field, fieldText, jsonText, noStatus, printable, renderConsole, renderStatus } from '../report/index.ts';
import { readStatus } from '../state/index.ts';

export type StatusFlags = {
  /** the state folder */
  readonly stateDir: string;
  readonly format: 'text' | 'json' | { readonly field: string } | { readonly console: Console };
};

export type StatusPorts = Pick<Ports, 'files' | 'terminal' | 'clock' | 'os'>;

/** `problem`: why there is none that can be read; the status then says so itself. */
export type StatusSeen = { readonly status: StatusDocument; /** was there a file? */ readonly written: 'yes' | 'no'; /** as it was written, keys of a newer agent too */ readonly raw: unknown; readonly problem?: string };

/**
 * `glued status`: shows `<state>/status.json`, as anybody may: no lock, no policy, no network. Where there is none, or none that can be
 * read, the answer is a status too, degraded, and says so.
 */
export function status(ports: StatusPorts, { stateDir, format }: StatusFlags): ExitCode {
  const { terminal } = ports;
  const { status: document, written, raw, problem } = seeStatus(ports, stateDir);
  if (problem !== undefined) terminal.err(`glued: ${printable(problem)}\n`);
  const moment = { now: ports.clock.now(), bootId: ports.os.bootId() };
  if (format === 'json') terminal.out(jsonText(raw));
  else if (format === 'text') {
    // a mistyped folder looks like a machine that never ran
    const where = written === 'no' ? `Looked in ${printable(stateDir)}; --state DIR names another folder.\n` : '';
    terminal.out(`${renderStatus(document, moment, terminal)}${where}`);
  }
  else if ('field' in format) return showField(terminal, raw, format.field);
  else {
    const { text, exit } = renderConsole(format.console, document, moment);
    terminal.out(text);
    return exit;
  }
  return CODES.ok;
}

/** Reads status.json; always gives a status. */
export function seeStatus(ports: Pick<Ports, 'files' | 'clock'>, stateDir: string): StatusSeen {
  const read = readStatus(ports, stateDir);
  if (read.ok && read.value.kind === 'document') return { status: read.value.document, written: 'yes', raw: read.value.raw };
  const problem = problemOf(read);
  const none = noStatus(ports.clock.now(), problem);
  return { status: none, written: read.ok && read.value.kind === 'absent' ? 'no' : 'yes', raw: none, ...(problem === undefined ? {} : { problem }) };
}

function problemOf(read: ReturnType<typeof readStatus>): string | undefined {
  if (!read.ok) return failureText(read.failure);
  return read.value.kind === 'damaged' ? `${read.value.path} is damaged, the next run writes it anew: ${read.value.problem}.` : undefined;
}

function showField(terminal: Ports['terminal'], document: unknown, path: string): ExitCode {
  const found = field(document, path);
  if (found.found === 'yes') {
    terminal.out(`${fieldText(found.value)}\n`);
    return CODES.ok;
  }
  terminal.err(`glued: status has no field ${printable(path)}. glued status --json shows them all; members of a list go by index or id.\n`);
  return CODES.usage;
}
