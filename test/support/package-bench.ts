import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asSha256, type Files, type Http, type Package, type PackageStore, type ServerAccess } from '../../src/model/index.ts';
import { createHttp } from '../../src/net/index.ts';
import { createFiles } from '../../src/platform/files.ts';
import { createPackageStore } from '../../src/state/packages.ts';
import { type Fetched, fetchPackage, type FetchInput } from '../../src/transfer/index.ts';
import { fastClock, keptLog } from './quick-ports.ts';

/** Bytes that do not repeat, so that a wrong offset is a wrong hash. */
export function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, x = 1; i < length; i++) {
    x = (x * 1_103_515_245 + 12_345) % 2_147_483_648;
    bytes[i] = x >> 16;
  }
  return bytes;
}

export function packageOf(bytes: Uint8Array): Package {
  const sha256 = asSha256(createHash('sha256').update(bytes).digest('hex'));
  if (sha256 === undefined) throw new Error('a hash is a hash');
  return { sha256, size: bytes.length, unpackedSize: bytes.length, format: 'tar+zstd' };
}

/** Where the package is on a server, from its root. */
export const pathOf = (p: Package): string => `/packages/${p.sha256.slice(0, 2)}/${p.sha256}`;

/** A transfer on real files in a temporary folder, over a clock that makes backing off short. */
export type Bench = {
  readonly folder: string;
  readonly files: Files;
  readonly store: PackageStore;
  readonly http: Http;
  readonly notes: string[];
  readonly fetch: (p: Package, servers: readonly (string | ServerAccess)[], more?: Partial<FetchInput>) => ReturnType<typeof fetchPackage>;
  readonly close: () => Promise<void>;
};

const open = new Set<Bench>();

/** Closes what a test left open. */
export async function closeBenches(): Promise<void> {
  await Promise.all([...open].map((bench) => bench.close()));
}

export async function openBench(speed = 20, filesOf?: (folder: string) => { readonly files: Files; readonly folder: string }): Promise<Bench> {
  const temporary = mkdtempSync(join(tmpdir(), 'glued-transfer-'));
  const random = { bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)) };
  const { files, folder } = filesOf?.(temporary) ?? { files: createFiles(random), folder: temporary };
  const clock = fastClock(speed);
  const log = keptLog();
  const notes: string[] = [];
  const uses = { all: () => new Map<string, number>(), touch: () => undefined, forget: () => undefined };
  const store = createPackageStore({ files }, folder, uses, (note) => notes.push(note));
  const http = await createHttp({ clock, log }, { tls: {}, agentVersion: '0.0.0' });
  const made: Bench = {
    folder,
    files,
    store,
    http,
    notes,
    fetch: (p, servers, more = {}) =>
      fetchPackage(
        { http, files, clock, log, random },
        {
          servers: servers.map((s) => (typeof s === 'string' ? { url: s, headers: {} } : s)),
          package: p,
          store,
          // on the test's clock
          idleTimeoutMs: 300 * speed,
          signal: new AbortController().signal,
          ...more,
        },
      ),
    close: async () => {
      open.delete(made);
      await http.close();
      rmSync(temporary, { recursive: true, force: true });
    },
  };
  open.add(made);
  return made;
}

export type { Fetched };
