import type { Component, Failure, Http, Instant, LoadedPolicy, LocalHttp, Outcome, PlugIn, Policy, Ports, Probe, ProbeAddress, ProxyHop, ProxyTrouble, ServerAccess } from '../model/index.ts';

/** A proxy on the way to a server. `authorization` goes to it alone. */
export type DoctorHop = ProxyHop & { readonly protocol: 'http:' | 'https:'; readonly hostname: string; readonly port: string; readonly authorization?: string };

/** The way to the policy's servers, as a run would take it. */
export type DoctorNetwork = {
  readonly http: Http;
  readonly servers: readonly ServerAccess[];
  /** the proxy for a target, undefined for the direct way; none: every server is reached directly */
  readonly route?: (target: URL) => Promise<Outcome<DoctorHop | undefined, ProxyTrouble>>;
};

/** What main.ts hands to the doctor. */
export type DoctorWorld = {
  readonly ports: Ports;
  readonly probe: Probe;
  readonly local: LocalHttp;
  readonly agentVersion: string;
  readonly buildTime: Instant;
  readonly plugIns: () => Promise<ReadonlyMap<string, PlugIn>>;
  /** `hide` is told every secret, before it could be shown */
  readonly network: (policy: Policy, hide: (secret: string) => void) => Promise<Outcome<DoctorNetwork, Failure>>;
};

export type DoctorOptions = {
  readonly stateDir: string;
  /** where a daemon of that state listens */
  readonly socket: string;
  readonly policyPath?: string;
  readonly trustCheck: 'enforce' | 'insecure';
  readonly signal: AbortSignal;
};

/** What a server's checks hand on to those after them. */
export type ServerScene = {
  readonly index: number;
  /** ends in '/' */
  readonly url: URL;
  readonly access: ServerAccess;
  /** the hops that we open a connection to ourselves: the proxy where there is one, else the server */
  hop: DoctorHop | undefined;
  addresses: readonly ProbeAddress[];
  /** the Date of its answer, and when it came */
  clock: { readonly there: Instant; readonly here: Instant } | undefined;
};

/** All that checks share: each writes only what it found out, and is named in `needs` by those that read it. */
export type Scene = {
  readonly world: DoctorWorld;
  readonly options: DoctorOptions;
  readonly now: Instant;
  /** aborted when the time for all checks is up */
  readonly signal: AbortSignal;
  readonly hide: (secret: string) => void;
  policy: LoadedPolicy | undefined;
  components: readonly Component[];
  network: DoctorNetwork | undefined;
  rootBytes: Uint8Array | undefined;
};
