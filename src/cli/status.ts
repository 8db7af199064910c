import { posix, win32 } from 'node:path';
import { readJson } from '../formats/json.ts';
import { CODES, type ExitCode, type Instant, ok, failed, type Outcome, type Ports, type StatusDocument } from '../model/index.ts';
import { field, fieldText, jsonText, noStatus, parseStatus, printable, renderStatus } from '../report/index.ts';

export type StatusFlags = {
  /** the state folder */
  readonly stateDir: string;
  readonly format: 'text' | 'json' | { readonly field: string };
};

/** Far more than any status.json: the runs of ten thousand components. */
const MAX_BYTES = 64 * 1024 * 1024;

type Read = { readonly status: StatusDocument; /** as it was written, keys of a newer agent too */ readonly raw: unknown };

/**
 * `glued status`: shows `<state>/status.json`, as anybody may: no lock, no policy, no network. Where there is none, or none that can be
 * read, the answer is a status too, degraded, and says so.
 */
export function status(ports: Pick<Ports, 'files' | 'terminal' | 'clock' | 'os'>, flags: StatusFlags): ExitCode {
  const { terminal } = ports;
  const path = (ports.os.platform === 'win32' ? win32 : posix).join(flags.stateDir, 'status.json');
  const read = readStatus(ports.files, path);
  if (!read.ok) terminal.err(`glued: ${printable(read.failure)}\n`);
  const shown = read.ok ? (read.value ?? missing(ports.clock.now())) : missing(ports.clock.now(), read.failure);
  if (flags.format === 'json') terminal.out(jsonText(shown.raw));
  else if (flags.format === 'text') terminal.out(renderStatus(shown.status, terminal));
  else return showField(terminal, shown.raw, flags.format.field);
  return CODES.ok;
}

function missing(now: Instant, problem?: string): Read {
  const none = noStatus(now, problem);
  return { status: none, raw: none };
}

/** undefined where there is none yet. */
function readStatus(files: Pick<Ports['files'], 'read'>, path: string): Outcome<Read | undefined, string> {
  const bytes = files.read(path, MAX_BYTES);
  if (!bytes.ok) return bytes.failure.kind === 'absent' ? ok() : failed(`${path} cannot be read: ${bytes.failure.detail}.`);
  const document = readJson(bytes.value, { maxBytes: MAX_BYTES });
  if (!document.ok) return failed(`${path} is damaged, the next run writes it anew: it is no JSON document.`);
  const parsed = parseStatus(document.value.value);
  if (!parsed.ok) return failed(`${path} is damaged, the next run writes it anew: ${parsed.failure}.`);
  return ok({ status: parsed.value, raw: document.value.value });
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
