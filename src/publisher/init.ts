import { type Failure, fail, type Instant, ok, type Outcome } from '../model/index.ts';
import { dirname, join } from 'node:path';
import { FILE_MODE, FOLDER_MODE, keyName, layout, TOP_ROLES, type TopRole } from './layout.ts';
import { createKey, signDocument, type Signer } from './keys.ts';
import { fileOf, type Root, SPEC_VERSION } from './metadata.ts';
import { type PublisherPorts, stored } from './ports.ts';
import { daysProblem, DEFAULT_EXPIRY_DAYS, isWithin, writeSettings } from './settings.ts';

export type InitOptions = {
  readonly dir: string;
  readonly keys: string;
  /** signatures that root, or targets, needs; default 1. Root gets one key more than that, to be kept elsewhere as a spare. */
  readonly rootThreshold?: number;
  readonly targetsThreshold?: number;
  /** days that signatures last; default 365, 365, 30, 7 */
  readonly expiryDays?: Partial<Record<TopRole, number>>;
};
export type Initialized = { readonly dir: string; readonly keys: string; readonly rootFile: string; readonly keyFiles: readonly string[] };

const DAY_MS = 86_400_000;
const LIMITS = { threshold: 16 } as const;

/** Makes an empty, signed repository and its keys. Nothing that exists is touched: both folders are new or empty, keys are never overwritten. */
export async function initRepository(ports: PublisherPorts, options: InitOptions): Promise<Outcome<Initialized, Failure>> {
  const { files } = ports;
  const { dir, keys } = options;
  const wrong = optionProblem(options);
  if (wrong !== undefined) return wrong;
  if (isWithin(ports, keys, dir)) return fail('repo-keys-inside', { keys, repository: dir });
  const listed = files.list(dir);
  if (listed.ok ? listed.value.length > 0 : listed.failure.kind !== 'absent') {
    return listed.ok ? fail('repo-not-empty', { path: dir }) : stored(listed);
  }
  const present = allKeyNames(options).find((name) => files.stat(join(keys, name)).ok);
  if (present !== undefined) return fail('repo-key-exists', { path: join(keys, present) });
  const absent = [...absentFolders(ports, dir), ...absentFolders(ports, keys)];
  const done = write(ports, options);
  if (!done.ok) abandon(ports, options, absent);
  return done;
}

function optionProblem(options: InitOptions): Outcome<never, Failure> | undefined {
  const numbers = { '--root-threshold': options.rootThreshold, '--targets-threshold': options.targetsThreshold };
  for (const [option, value] of Object.entries(numbers)) {
    if (value !== undefined && (!Number.isInteger(value) || value < 1 || value > LIMITS.threshold)) {
      return fail('repo-option', { option, problem: `${value} is no whole number from 1 to ${LIMITS.threshold}` });
    }
  }
  return daysProblem(options.expiryDays ?? {});
}

function write(ports: PublisherPorts, options: InitOptions): Outcome<Initialized, Failure> {
  const { files } = ports;
  const { dir } = options;
  for (const folder of [dir, layout.metadata(dir), layout.catalogs(dir), layout.packages(dir)]) {
    const made = stored(files.makeFolder(folder, FOLDER_MODE));
    if (!made.ok) return made;
  }
  const made = makeKeys(ports, options);
  if (!made.ok) return made;
  const done = writeState(ports, options, made.value);
  // keys that sign nothing stand in the way of the next try
  if (!done.ok) for (const name of made.value.keyFiles) files.remove(join(options.keys, name));
  return done;
}

function writeState(ports: PublisherPorts, options: InitOptions, { signers, keyFiles }: Keys): Outcome<Initialized, Failure> {
  const { files } = ports;
  const { dir, keys } = options;
  const synced = stored(files.syncFolder(keys));
  if (!synced.ok) return synced;
  const days = { ...DEFAULT_EXPIRY_DAYS, ...options.expiryDays };
  const documents = firstState(options, signers, (role) => ports.clock.now() + days[role] * DAY_MS);
  for (const [path, bytes] of documents) {
    const written = stored(files.replace(path, bytes, FILE_MODE));
    if (!written.ok) return written;
  }
  const remembered = writeSettings(ports, dir, { schema: 'glued.publisher/1', keys, expiryDays: days, components: new Map() });
  return remembered.ok ? ok({ dir, keys, rootFile: layout.rootCopy(dir), keyFiles }) : remembered;
}

type Keys = { readonly signers: Record<TopRole, readonly Signer[]>; readonly keyFiles: readonly string[] };

/** All keys of the top roles; where one cannot be made, none stays. */
function makeKeys(ports: PublisherPorts, options: InitOptions): Outcome<Keys, Failure> {
  const { keys } = options;
  const made = stored(ports.files.makeFolder(keys, 0o700));
  if (!made.ok) return made;
  const names = keyNames(options);
  const keyFiles: string[] = [];
  const signers: Record<TopRole, Signer[]> = { root: [], targets: [], snapshot: [], timestamp: [] };
  for (const role of TOP_ROLES) {
    for (const name of names[role]) {
      const key = createKey(ports, keys, name);
      if (!key.ok) {
        for (const before of keyFiles) ports.files.remove(join(keys, before));
        return key;
      }
      keyFiles.push(name);
      signers[role].push(key.value);
    }
  }
  return ok({ signers, keyFiles });
}

function keyNames(options: InitOptions): Record<TopRole, readonly string[]> {
  const names = (role: TopRole, count: number): readonly string[] => Array.from({ length: count }, (_, i) => keyName(role, i + 1));
  return {
    root: names('root', (options.rootThreshold ?? 1) + 1),
    targets: names('targets', options.targetsThreshold ?? 1),
    snapshot: names('snapshot', 1),
    timestamp: names('timestamp', 1),
  };
}

function allKeyNames(options: InitOptions): readonly string[] {
  const names = keyNames(options);
  return TOP_ROLES.flatMap((role) => names[role]);
}

/** A folder that is not there yet, and those above it that are not, the deepest first. */
function absentFolders(ports: Pick<PublisherPorts, 'files'>, path: string): readonly string[] {
  return ports.files.stat(path).ok || dirname(path) === path ? [] : [path, ...absentFolders(ports, dirname(path))];
}

/** Takes away what a failed `init` made, and the folders that were absent before it where nothing else is in them, so that it can be asked for again. */
function abandon({ files }: PublisherPorts, { dir }: InitOptions, absent: readonly string[]): void {
  for (const path of [layout.metadata(dir), join(layout.catalogs(dir), '..'), layout.packages(dir), layout.rootCopy(dir), layout.settings(dir)]) files.removeTree(path);
  for (const folder of absent) {
    const listed = files.list(folder);
    if (listed.ok && listed.value.length === 0) files.removeTree(folder);
  }
}

/** Version 1 of everything, in the order in which it is written. */
function firstState(options: InitOptions, signers: Record<TopRole, readonly Signer[]>, until: (role: TopRole) => Instant): readonly (readonly [string, Uint8Array])[] {
  const { dir } = options;
  const common = (role: TopRole) => ({ expires: until(role), spec_version: SPEC_VERSION, version: 1 });
  const role = (name: TopRole, threshold: number) => ({ keyids: signers[name].map((s) => s.keyid), threshold });
  const root: Root = {
    _type: 'root',
    ...common('root'),
    consistent_snapshot: true,
    keys: new Map(TOP_ROLES.flatMap((name) => signers[name].map((s) => [s.keyid, s.key]))),
    roles: {
      root: role('root', options.rootThreshold ?? 1),
      targets: role('targets', options.targetsThreshold ?? 1),
      snapshot: role('snapshot', 1),
      timestamp: role('timestamp', 1),
    },
  };
  const rootBytes = signDocument(root, signers.root);
  const targets = signDocument({ _type: 'targets', ...common('targets'), delegations: { keys: new Map(), roles: [] }, targets: new Map() }, signers.targets);
  const meta = new Map([['targets.json', { ...fileOf(targets), version: 1 }]]);
  const snapshot = signDocument({ _type: 'snapshot', ...common('snapshot'), meta }, signers.snapshot);
  const named = { 'snapshot.json': { ...fileOf(snapshot), version: 1 } };
  return [
    [layout.versioned(dir, 'root', 1), rootBytes],
    [layout.rootCopy(dir), rootBytes],
    [layout.versioned(dir, 'targets', 1), targets],
    [layout.versioned(dir, 'snapshot', 1), snapshot],
    [layout.timestamp(dir), signDocument({ _type: 'timestamp', ...common('timestamp'), meta: named }, signers.timestamp)],
  ];
}
