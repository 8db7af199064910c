import type { Instant } from './ids.ts';
import type { Outcome } from './outcome.ts';
import type { NetworkCost, Power } from './schedule.ts';

/** Why a file operation failed. `absent` ENOENT or ENOTDIR; `denied` EACCES, EPERM, EROFS or a runtime's permission; `full` ENOSPC,
 * EDQUOT or no inode; `link` ELOOP or a link where none may be; `too-long` more bytes than asked for. */
export type IoKind = 'absent' | 'denied' | 'full' | 'link' | 'exists' | 'not-empty' | 'not-folder' | 'is-folder' | 'cross-device' | 'too-long' | 'io';
export type IoFailure = { readonly kind: IoKind; readonly op: string; readonly path: string; readonly detail: string };
export type Io<T> = Outcome<T, IoFailure>;

export type FileStat = {
  readonly type: 'file' | 'folder' | 'link' | 'other';
  readonly size: number;
  /** permission bits, 0 to 0o7777 */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly device: number;
  readonly inode: number;
  readonly links: number;
  readonly modifiedAt: Instant;
};
export type FolderEntry = { readonly name: string; readonly type: FileStat['type'] };

/** An open file. Every method acts on the descriptor, never on the path again. `close` never fails. */
export interface FileHandle {
  stat(): Io<FileStat>;
  /** bytes read into `into`; 0 at the end. Reads at `at`, or at the handle's own position. */
  read(into: Uint8Array, at?: number): Io<number>;
  /** writes all of `bytes` at the handle's own position, or at `at` */
  write(bytes: Uint8Array, at?: number): Io<undefined>;
  truncate(size: number): Io<undefined>;
  chmod(mode: number): Io<undefined>;
  sync(): Io<undefined>;
  close(): void;
}

/** The file system. Synchronous: small files, and whole buffers of large ones. Paths are absolute. */
export interface Files {
  /** opens for reading, never through a link in the last part */
  open(path: string): Io<FileHandle>;
  /** opens for reading and follows links: for administrators' own paths (a CA file, a file to publish) */
  openFollowing(path: string): Io<FileHandle>;
  /** a new file; `exists` where there is one already */
  create(path: string, mode: number): Io<FileHandle>;
  /** an existing or new regular file for writing on (a partial download, a log), position at the end; never through a link */
  append(path: string, mode: number): Io<FileHandle>;
  /** the whole file, at most maxBytes (`too-long` otherwise), never through a link */
  read(path: string, maxBytes: number): Io<Uint8Array>;
  /** random name in the same folder, 'wx', write, fsync, rename, fsync the folder: old or new, never half */
  replace(path: string, bytes: Uint8Array, mode: number): Io<undefined>;
  /** lstat */
  stat(path: string): Io<FileStat>;
  /** stat through links */
  statFollowing(path: string): Io<FileStat>;
  list(path: string): Io<readonly FolderEntry[]>;
  /** mkdir -p; existing is fine where it is a folder and not a link */
  makeFolder(path: string, mode: number): Io<undefined>;
  rename(from: string, to: string): Io<undefined>;
  /** hard link */
  link(from: string, to: string): Io<undefined>;
  symlink(target: string, path: string): Io<undefined>;
  readLink(path: string): Io<string>;
  realPath(path: string): Io<string>;
  chmod(path: string, mode: number): Io<undefined>;
  /** unlink; absent is fine */
  remove(path: string): Io<undefined>;
  /** rm -r without following links; absent is fine */
  removeTree(path: string): Io<undefined>;
  syncFolder(path: string): Io<undefined>;
  /** one syncfs for the file system that holds `path`, or fsync of every file below it where there is none */
  syncTree(path: string): Io<undefined>;
  space(path: string): Io<{ readonly freeBytes: number; readonly freeInodes: number; readonly device: number }>;
  /** an unpredictable name in the folder of `path`: `.NAME.<16 hex>.tmp` */
  temporaryName(path: string): string;
}

export interface Clock {
  now(): Instant;
  /** milliseconds that only grow, for durations */
  monotonic(): number;
  /** resolves after ms, or at once when the signal is aborted */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  bytes(count: number): Uint8Array;
}

export type Os = {
  readonly platform: 'linux' | 'darwin' | 'win32' | 'other';
  readonly arch: string;
  readonly runtime: string;
  readonly hostName: () => string;
  /** the machine's own id (/etc/machine-id, IOPlatformUUID, MachineGuid), or undefined */
  readonly machineId: () => string | undefined;
  /** what stays the same until the machine starts again, or undefined where the system does not say */
  readonly bootId: () => string | undefined;
  /** milliseconds since the machine started, sleep included; undefined where the system does not say */
  readonly upMs: () => number | undefined;
  /** the machine's IANA time zone, `Europe/Berlin`; `UTC` where the system does not say */
  readonly timeZone: () => string;
  /** where power comes from, and whether the network costs by the byte */
  readonly power: () => Power;
  readonly networkCost: () => NetworkCost;
  readonly pid: number;
  readonly uid: number;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** an interface other than loopback is up */
  readonly hasNetwork: () => boolean;
  /** the agent's own executable or script, for messages */
  readonly self: string;
  /** what starts this program again, absolute: the executable, or the runtime and the script */
  readonly program: () => readonly [string, ...string[]];
};

export type ChildRequest = {
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  /** the whole environment of the child: nothing is inherited */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** resident memory of the child and its group; above it the group is killed */
  readonly maxMemoryBytes: number;
  /** the head and the tail kept of each of stdout and stderr */
  readonly keepBytes: number;
  readonly signal: AbortSignal;
};
export type ChildEnd = {
  /** exit: by itself. signal: killed from outside. timeout, memory, aborted: killed by us, with its group. */
  readonly kind: 'exit' | 'signal' | 'timeout' | 'memory' | 'aborted';
  readonly exit: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
  readonly peakBytes: number;
};
/** A child that is spoken to, a line at a time. */
export type TalkRequest = Pick<ChildRequest, 'argv' | 'cwd' | 'env' | 'maxMemoryBytes'> & {
  /** of one line from it, without its end */
  readonly maxLineBytes: number;
  /** of all that it ever says on stdout */
  readonly maxTotalBytes: number;
  /** the end of its stderr that is kept */
  readonly keepBytes: number;
};
/**
 * ended: by itself, or by another's signal; what it had said before was heard before. timeout, aborted: nothing came, it lives on. memory,
 * line-too-long, too-much: it went beyond a limit and was killed.
 */
export type Heard =
  | { readonly kind: 'line'; readonly bytes: Uint8Array }
  | { readonly kind: 'ended'; readonly exit: number | null; readonly signal: string | null }
  | { readonly kind: 'timeout' | 'aborted' | 'memory' | 'line-too-long' | 'too-much' };
/** How it came to its end. `by`: itself, or the strongest means that it took. `held`: somebody else still had its stdout open. */
export type TalkEnd = {
  readonly by: 'itself' | 'SIGTERM' | 'SIGKILL';
  readonly exit: number | null;
  readonly signal: string | null;
  readonly held: 'yes' | 'no';
  readonly ms: number;
};
export interface Talk {
  /** sends a line; to one that does not listen any more, nothing */
  say(line: string): void;
  /** the next line. One at a time. */
  hear(timeoutMs: number, signal?: AbortSignal): Promise<Heard>;
  /** the end of what it wrote to stderr so far */
  stderr(): string;
  /** how many bytes it wrote to stderr so far */
  stderrBytes(): number;
  /** closes its stdin, waits, sends SIGTERM, waits, kills: everything of it is dead when this returns. With 0, kills at once. */
  end(graceMs: number): Promise<TalkEnd>;
}
export type ProcFailure = { readonly kind: 'absent' | 'denied' | 'io'; readonly program: string; readonly detail: string };

export interface Proc {
  /** runs a program in its own process group without a shell; everything of it is dead when this returns */
  run(request: ChildRequest): Promise<Outcome<ChildEnd, ProcFailure>>;
  /** starts a program that is spoken to: its own process group, dead when we are */
  talk(request: TalkRequest): Promise<Outcome<Talk, ProcFailure>>;
  /** the first of `names` found on the path or as an absolute path, or undefined */
  find(names: readonly string[]): string | undefined;
  /** does a process with this id live? */
  alive(pid: number): boolean;
}

/** A connection that is spoken over, a line at a time. */
export interface SocketTalk {
  /** sends a line; to one that is gone, nothing */
  say(line: string): void;
  /** the next line, without its end. One at a time. `io`: silence until the limit, closed, beyond a limit, or aborted. */
  hear(timeoutMs: number, signal?: AbortSignal): Promise<Io<Uint8Array>>;
  /** ends it; once is enough, and more do no harm */
  close(): void;
}

/** A unix socket by its path, or a port of this machine. */
export type SocketPlace = string | { readonly host: '127.0.0.1' | '::1'; readonly port: number };

export interface Sockets {
  /** connects, sends, reads until the other side closes or `maxBytes` or the time limit */
  ask(place: SocketPlace, request: Uint8Array, limits: { readonly timeoutMs: number; readonly maxBytes: number }): Promise<Io<Uint8Array>>;
  /** connects to a unix socket to speak in lines; `timeoutMs` is for connecting, `maxBytes` of one line and `maxTotalBytes` of all that it ever says */
  talk(path: string, limits: { readonly timeoutMs: number; readonly maxBytes: number; readonly maxTotalBytes: number }): Promise<Io<SocketTalk>>;
  /**
   * which process listens there: another text for each start of it, `pid 712 since 48213`, or a unix socket's own mark where the system does
   * not say which process it is; undefined: nobody, or that cannot be seen
   */
  listener(place: SocketPlace): string | undefined;
}

export type SqlValue = string | number | null | Uint8Array;
export type SqlRow = Readonly<Record<string, SqlValue>>;
export type SqlFailure = { readonly kind: 'corrupt' | 'busy' | 'full' | 'denied' | 'io'; readonly path: string; readonly detail: string };
export interface SqlDatabase {
  /** statements without parameters */
  script(sql: string): Outcome<undefined, SqlFailure>;
  run(sql: string, ...values: readonly SqlValue[]): Outcome<{ readonly changes: number }, SqlFailure>;
  all(sql: string, ...values: readonly SqlValue[]): Outcome<readonly SqlRow[], SqlFailure>;
  close(): void;
}
export interface Sql {
  /** opens or makes a database file; a database that is busy is `busy` at once */
  open(path: string): Outcome<SqlDatabase, SqlFailure>;
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export interface Log {
  /** one NDJSON line: {at, level, event, …data}. `event` is a fixed kebab-case name; outside text goes into data. */
  write(level: LogLevel, event: string, data?: Readonly<Record<string, string | number | boolean | null>>): void;
}

/** Standard output and error, and what they are. */
export interface Terminal {
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  readonly stdinIsTerminal: boolean;
  readonly columns: number;
  readonly colour: 'on' | 'off';
  /** data; a closed pipe is ignored */
  out(text: string): void;
  /** did the reader of the data go away? Known only after something was written. */
  outClosed(): boolean;
  /** everything else */
  err(text: string): void;
  /** one line from the keyboard, or undefined at the end, after the limit, or when aborted */
  ask(question: string, timeoutMs: number, signal: AbortSignal): Promise<string | undefined>;
}

/** What is said to a person: plain text of one line each, which the port makes safe for whatever shows it. */
export type Notice = { readonly title: string; readonly text: string };
/** `answers`: what may be chosen, `id` comes back. */
export type Question = Notice & { readonly answers: readonly { readonly id: string; readonly label: string }[] };
/** none: shown, and put away or left alone until the limit. nobody: there is no one, or nothing that could show it. */
export type Answered = { readonly kind: 'chosen'; readonly id: string } | { readonly kind: 'none' | 'nobody' };

/** The people who are logged in, and their desktops' own notifications. Nothing of it fails: where nothing can be shown, nobody is there. */
export interface Desktop {
  /** somebody who would see a notification now and could answer it */
  present(): Promise<'someone' | 'nobody'>;
  /** asks everyone present at once; the first answer counts */
  ask(question: Question, timeoutMs: number, signal: AbortSignal): Promise<Answered>;
  tell(notice: Notice): Promise<'shown' | 'nobody'>;
  /** a key for each login session of a person, the same as long as it lasts; undefined where that cannot be known */
  logins(): Promise<readonly string[] | undefined>;
}

/** Everything that comes from the world. Take the least: `Pick<Ports, 'files' | 'clock'>`. Only main.ts builds the real ones. */
export type Ports = {
  readonly clock: Clock;
  readonly random: Random;
  readonly files: Files;
  readonly os: Os;
  readonly proc: Proc;
  readonly sockets: Sockets;
  readonly sql: Sql;
  readonly log: Log;
  readonly terminal: Terminal;
  readonly desktop: Desktop;
};
