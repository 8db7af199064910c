import type { ComponentId, Instant, Sha256 } from './ids.ts';

export const CONTENT_TYPES = ['av', 'ips', 'product', 'agent'] as const;
export type ContentType = (typeof CONTENT_TYPES)[number];

/** A path, or `credential:NAME` (systemd's `$CREDENTIALS_DIRECTORY`), never the secret itself. */
export type SecretFile = string;

export type Server = {
  readonly url: string;
  readonly username?: string;
  readonly passwordFile?: SecretFile;
  readonly headers?: Readonly<Record<string, string>>;
};

/** A release younger than `hours` waits; nothing new before `until`; both: the later. */
export type Hold = { readonly hours?: number; readonly until?: Instant; readonly reason?: string };

export type ContentPolicy = {
  readonly enabled: boolean;
  readonly channel: string;
  readonly maxAgeHours: number;
  readonly hold?: Hold;
};

/** Overrides for one component; what is absent follows its content type. */
export type ComponentPolicy = {
  readonly enabled?: boolean;
  readonly channel?: string;
  readonly pin?: string;
  readonly allowDowngrade?: boolean;
  readonly hold?: Hold;
};

export type Window = { readonly days: readonly string[]; readonly from: string; readonly to: string };

/** The managed policy, checked and with defaults (DESIGN, Policy). Times are epoch milliseconds, sizes bytes. */
export type Policy = {
  readonly schema: number;
  readonly id?: string;
  readonly version?: number;
  readonly servers: readonly Server[];
  readonly trust: { readonly rootFile: string };
  readonly proxy: {
    readonly mode: 'none' | 'system' | 'custom';
    readonly url?: string;
    readonly username?: string;
    readonly passwordFile?: SecretFile;
    readonly noProxy: readonly string[];
  };
  readonly tls: { readonly caFile?: string; readonly clientCertFile?: string; readonly clientKeyFile?: SecretFile };
  readonly content: Readonly<Record<ContentType, ContentPolicy>>;
  readonly components: ReadonlyMap<ComponentId, ComponentPolicy>;
  readonly rollout: { readonly forcedOverridesHold: boolean; readonly forcedOverridesWindow: boolean };
  readonly schedule: {
    readonly everyMinutes: number;
    readonly dailyAt: readonly string[];
    readonly timeZone?: string;
    readonly splayMinutes: number;
    readonly windows: readonly Window[];
    readonly onlyIfOlderThanHours?: number;
    readonly onlyIfDisconnectedHours?: number;
    readonly retryWindowMinutes: number;
    readonly onBattery: 'run' | 'wait';
    readonly onMetered: 'run' | 'wait';
  };
  readonly consent: {
    readonly optional: 'install' | 'ask' | 'never';
    readonly askTimeoutSeconds: number;
    readonly maxDeferrals: number;
  };
  readonly download: {
    readonly parallel: number;
    readonly maxBytesPerSecond: number;
    readonly cacheMaxBytes: number;
    readonly timeoutSeconds: number;
  };
  readonly verify: {
    readonly mustDetect: readonly string[];
    readonly mustNotDetect: readonly string[];
    readonly maxShrinkPercent: number;
    readonly timeoutSeconds: number;
    readonly maxMemoryBytes: number;
  };
  readonly probation: { readonly minutes: number; readonly maxRestarts: number; readonly bootLoopMinutes: number };
  readonly plugins: { readonly allow: readonly { readonly id: string; readonly path: string; readonly sha256: Sha256 }[] };
  readonly report: {
    readonly consoleUrl?: string;
    readonly tokenFile?: SecretFile;
    readonly secretFile?: SecretFile;
    readonly format: 'native' | 'ocsf' | 'ecs' | 'hec';
  };
  readonly log: { readonly level: 'error' | 'warn' | 'info' | 'debug' };
  readonly history: { readonly keep: number };
};

/** Where an effective value comes from: `source` is a file, `[default]`, `[vendor] FILE` or `[managed] FILE`. */
export type Origin = {
  readonly key: string;
  readonly value: unknown;
  readonly source: string;
  readonly line?: number;
  readonly overrode: readonly { readonly source: string; readonly line?: number; readonly value: unknown }[];
  readonly converted?: { readonly from: string };
};

/** A loaded policy together with all that explains it. */
export type LoadedPolicy = {
  readonly policy: Policy;
  /** SHA-256 over the canonical effective values: two machines with the same digest run the same policy. */
  readonly digest: Sha256;
  /** Where `--insecure-policy` let a trust.rootFile pass that others can change, it is the last of them. */
  readonly sources: readonly { readonly path: string; readonly trusted: boolean }[];
  /** Keys that a newer schema brought and that this agent ignored. */
  readonly ignoredKeys: readonly string[];
  /** Files that were seen and not read, with the reason (a dotfile, masked, replaced). */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  readonly origins: readonly Origin[];
};
