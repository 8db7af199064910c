import type { IoKind } from './ports.ts';
import type { Outcome } from './outcome.ts';

/** Why a look at the network came to nothing. `timeout`: our own limit; `stopped`: the signal was aborted. */
export type ProbeFailure = {
  readonly kind: 'unresolvable' | 'refused' | 'unreachable' | 'timeout' | 'reset' | 'tls' | 'proxy' | 'stopped';
  /** the runtime's code where it has one: `ECONNREFUSED`, `CERT_HAS_EXPIRED` */
  readonly code: string;
  readonly detail: string;
};

export type ProbeAddress = { readonly address: string; readonly family: 4 | 6 };

/** A certificate as a server shows it. Times are epoch milliseconds; names are `O=…, CN=…`. */
export type SeenCertificate = {
  readonly subject: string;
  readonly issuer: string;
  readonly validFrom: number;
  readonly validTo: number;
  readonly sha256: string;
};

/** A handshake that came to its end, the first certificate first. `trust`: why the chain is not believed, or null where it is. */
export type SeenTls = {
  readonly protocol: string;
  readonly chain: readonly SeenCertificate[];
  readonly trust: { readonly code: string; readonly detail: string } | null;
};

/** A proxy that is asked for a tunnel first. `authorization` goes to it alone. */
export type ProbeTunnel = {
  readonly protocol: 'http:' | 'https:';
  readonly host: string;
  readonly port: number;
  readonly authorization?: string;
};

export type TlsProbe = {
  readonly host: string;
  readonly port: number;
  readonly tunnel?: ProbeTunnel;
  /** PEM; undefined: the runtime's own authorities */
  readonly ca?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
};

export type ProbeLimits = { readonly timeoutMs: number; readonly signal: AbortSignal };

/** A Deno permission. `partial`: not for everything; for what, Deno does not tell. */
export type Permission = { readonly name: string; readonly state: 'granted' | 'partial' | 'missing' };

export type NetworkInterface = { readonly name: string; readonly addresses: readonly string[] };

/** Looks at the machine and its network, for `doctor`: nothing is changed, nothing is believed, every look has its time limit. */
export interface Probe {
  /** every address of a name, as the system's resolver gives them; an address is its own */
  resolve(name: string, limits: ProbeLimits): Promise<Outcome<readonly ProbeAddress[], ProbeFailure>>;
  /** opens a TCP connection to one address, and closes it */
  connect(address: string, port: number, limits: ProbeLimits): Promise<Outcome<undefined, ProbeFailure>>;
  /** a TLS handshake, through a tunnel where one is named; a certificate that is not believed is shown all the same */
  tls(what: TlsProbe, limits: ProbeLimits): Promise<Outcome<SeenTls, ProbeFailure>>;
  /** the runtime's permissions where it has such, those of files for `folder`; empty where everything is allowed */
  permissions(folder: string): readonly Permission[];
  /** interfaces that are up, loopback left out */
  interfaces(): readonly NetworkInterface[];
  /** may this process write at `path`, by the file system and by the runtime? undefined: yes */
  writeProblem(path: string): { readonly kind: IoKind; readonly detail: string } | undefined;
  /**
   * a SQLite database as it lies there: what `PRAGMA quick_check` and `sql` say, without any file made or changed beside it. The rows of
   * `sql` are empty where its table is not there.
   */
  database(path: string, sql: readonly string[]): Outcome<readonly (readonly Readonly<Record<string, string | number | null>>[])[], { readonly kind: 'corrupt' | 'busy' | 'denied'; readonly detail: string }>;
}
