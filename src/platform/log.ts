import { closeSync, constants, fstatSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock, Files, Log, LogLevel } from '../model/index.ts';
import { attempt } from './io.ts';

const ORDER = { error: 0, warn: 1, info: 2, debug: 3 } as const satisfies Record<LogLevel, number>;
const MAX_BYTES = 4 * 1024 * 1024;
/** glued.log and glued.log.1 to .4 */
const KEPT = 5;
/** lines held until it is known where the log is */
const HELD = 200;
const VALUE_CHARS = 8192;
/** a shorter secret would blacken half of the log */
const SECRET_CHARS = 4;
/** JSON leaves these as they are, and a terminal obeys them: DEL, C1, line separators, directional marks and overrides */
const OBEYED = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** The log, and what is set once it is known. */
export type LogControl = {
  readonly log: Log;
  /** from here on lines go to this file; those held so far first */
  to(path: string): void;
  level(level: LogLevel): void;
  /** this text never appears in the log */
  redact(secret: string): void;
};

/** NDJSON with redaction and rotation. Never throws, and never is a reason for anything to fail. */
export function createLog(ports: { readonly clock: Pick<Clock, 'now'>; readonly files: Pick<Files, 'makeFolder'> }): LogControl {
  let level: LogLevel = 'info';
  let file: LogFile | undefined;
  let held: { readonly level: LogLevel; readonly line: string }[] = [];
  const secrets = new Set<string>();
  const put = (at: LogLevel, line: string): void => {
    if (ORDER[at] <= ORDER[level]) file?.write(redacted(line, secrets));
  };
  return {
    log: {
      write(at, event, data = {}) {
        const line = lineOf(ports.clock.now(), at, event, data);
        if (file !== undefined) put(at, line);
        else if (held.length < HELD) held.push({ level: at, line });
      },
    },
    to(path) {
      ports.files.makeFolder(dirname(path), 0o750);
      file = new LogFile(path);
      const before = held;
      held = [];
      for (const one of before) put(one.level, one.line);
    },
    level(to) {
      level = to;
    },
    redact(secret) {
      if (secret.length < SECRET_CHARS) return;
      secrets.add(secret);
      // as it stands inside a JSON text
      secrets.add(JSON.stringify(secret).slice(1, -1));
    },
  };
}

function lineOf(now: number, level: LogLevel, event: string, data: Readonly<Record<string, string | number | boolean | null>>): string {
  const clipped = Object.entries(data).map(([k, v]) => [k, typeof v === 'string' && v.length > VALUE_CHARS ? `${v.slice(0, VALUE_CHARS)}…` : v]);
  const line = JSON.stringify({ at: new Date(now).toISOString(), level, event, ...Object.fromEntries(clipped) });
  return `${line.replace(OBEYED, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}

function redacted(line: string, secrets: ReadonlySet<string>): string {
  let out = line;
  for (const secret of secrets) out = out.replaceAll(secret, '[redacted]');
  return out;
}

/** Opened at its first line, for appending by several processes; a log that cannot be written is given up for this process. */
class LogFile {
  private readonly path: string;
  private fd: number | undefined;
  private inode: number | undefined;
  private size = 0;
  private given = false;

  constructor(path: string) {
    this.path = path;
  }

  write(line: string): void {
    if (this.given) return;
    if (this.fd !== undefined && this.isElsewhere()) this.close();
    const bytes = Buffer.from(line);
    if (this.size + bytes.length > MAX_BYTES && this.fd !== undefined) this.rotate();
    const fd = this.fd ?? this.open();
    if (fd === undefined) return;
    const written = attempt('write', this.path, () => writeSync(fd, bytes));
    if (written.ok) this.size += bytes.length;
    else this.given = true;
  }

  /** Another process rotated the log, or an administrator moved it: what a daemon writes belongs where the log is now. */
  private isElsewhere(): boolean {
    const seen = attempt('stat', this.path, () => statSync(this.path, { throwIfNoEntry: false }));
    return seen.ok && seen.value?.ino !== this.inode;
  }

  private close(): void {
    const { fd } = this;
    if (fd !== undefined) attempt('close', this.path, () => closeSync(fd));
    this.fd = undefined;
    this.size = 0;
  }

  private open(): number | undefined {
    const first = this.openOnce();
    if (first === undefined || this.size < MAX_BYTES) return first;
    this.rotate();
    return this.openOnce();
  }

  private openOnce(): number | undefined {
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    const opened = attempt('open', this.path, () => openSync(this.path, flags, 0o640));
    this.given = !opened.ok;
    if (!opened.ok) return undefined;
    const seen = attempt('fstat', this.path, () => fstatSync(opened.value));
    this.fd = opened.value;
    this.size = seen.ok ? seen.value.size : 0;
    this.inode = seen.ok ? seen.value.ino : undefined;
    return this.fd;
  }

  private rotate(): void {
    this.close();
    for (let n = KEPT - 2; n >= 0; n--) {
      const from = n === 0 ? this.path : `${this.path}.${n}`;
      attempt('rename', from, () => renameSync(from, `${this.path}.${n + 1}`));
    }
  }
}
