import { CODES, type ExitCode, failureText, type Instant, type Ports, type StatusDocument } from '../model/index.ts';
import { field, fieldText, jsonText, noStatus, printable, renderStatus } from '../report/index.ts';
import { readStatus } from '../state/index.ts';

export type StatusFlags = {
  /** the state folder */
  readonly stateDir: string;
  readonly format: 'text' | 'json' | { readonly field: string };
};

type Read = { readonly status: StatusDocument; /** as it was written, keys of a newer agent too */ readonly raw: unknown };

/**
 * `glued status`: shows `<state>/status.json`, as anybody may: no lock, no policy, no network. Where there is none, or none that can be
 * read, the answer is a status too, degraded, and says so.
 */
export function status(ports: Pick<Ports, 'files' | 'terminal' | 'clock' | 'os'>, flags: StatusFlags): ExitCode {
  const { terminal } = ports;
  const read = readStatus(ports, flags.stateDir);
  const problem = problemOf(read);
  if (problem !== undefined) terminal.err(`glued: ${printable(problem)}\n`);
  const shown = read.ok && read.value.kind === 'document' ? { status: read.value.document, raw: read.value.raw } : missing(ports.clock.now(), problem);
  if (flags.format === 'json') terminal.out(jsonText(shown.raw));
  else if (flags.format === 'text') terminal.out(renderStatus(shown.status, terminal));
  else return showField(terminal, shown.raw, flags.format.field);
  return CODES.ok;
}

function problemOf(read: ReturnType<typeof readStatus>): string | undefined {
  if (!read.ok) return failureText(read.failure);
  return read.value.kind === 'damaged' ? `${read.value.path} is damaged, the next run writes it anew: ${read.value.problem}.` : undefined;
}

function missing(now: Instant, problem?: string): Read {
  const none = noStatus(now, problem);
  return { status: none, raw: none };
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
