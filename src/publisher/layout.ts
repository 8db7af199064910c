import { join } from 'node:path';

/** Roles that TUF itself has: no component may bear one of these names. */
export const TOP_ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const;
export type TopRole = (typeof TOP_ROLES)[number];

/** Every path of a repository, in one place (DESIGN, Content repository). What begins with a dot is the publisher's own, never served. */
export const layout = {
  settings: (dir: string) => join(dir, '.glued-publisher.json'),
  lock: (dir: string) => join(dir, '.glued-publisher.lock'),
  /** since when files are used no more */
  unused: (dir: string) => join(dir, '.glued-publisher-unused.json'),
  /** the first root, to be handed to endpoints as trust.rootFile */
  rootCopy: (dir: string) => join(dir, 'root.json'),
  metadata: (dir: string) => join(dir, 'metadata'),
  timestamp: (dir: string) => join(dir, 'metadata', 'timestamp.json'),
  versioned: (dir: string, role: string, version: number) => join(dir, 'metadata', `${version}.${role}.json`),
  catalogs: (dir: string) => join(dir, 'targets', 'catalog'),
  catalog: (dir: string, id: string, sha256: string) => join(dir, 'targets', 'catalog', `${sha256}.${id}.json`),
  packages: (dir: string) => join(dir, 'packages'),
  package: (dir: string, sha256: string) => join(dir, 'packages', sha256.slice(0, 2), sha256),
} as const;

/** The name of a component's catalog as a TUF target. */
export const catalogTarget = (id: string): string => `catalog/${id}.json`;

export const isTopRole = (role: string): role is TopRole => TOP_ROLES.some((r) => r === role);

/** Roles whose keys sign seldom, and are kept away from the machine that publishes. */
export const isOffline = (role: string): boolean => role === 'root' || role === 'targets';

/**
 * The name of a role's key in the folder of keys: `root-2.pem`, `component-demo.pem`, and `component-demo@2.pem` after a rotation. No id has
 * an @ in it, so that no key of one component has the name of another's.
 */
export function keyName(role: string, number: number): string {
  if (isTopRole(role)) return `${role}-${number}.pem`;
  return number === 1 ? `component-${role}.pem` : `component-${role}@${number}.pem`;
}

/** What a key's file is called once no metadata names the key any more. */
export const RETIRED = '.retired';

/** Which of the role's keys a file is, retired or not; undefined where it is none. */
export function keyNumber(role: string, file: string): number | undefined {
  const name = file.endsWith(RETIRED) ? file.slice(0, -RETIRED.length) : file;
  const number = Number((isTopRole(role) ? /-([1-9][0-9]{0,8})\.pem$/ : /@([1-9][0-9]{0,8})\.pem$/).exec(name)?.[1] ?? 1);
  return name === keyName(role, number) ? number : undefined;
}

/** Old versions of metadata that stay, for clients that read while we publish. Roots stay for ever. */
export const KEPT_VERSIONS = 10;

/** What lies in the folders of a repository is for everyone to read. */
export const FILE_MODE = 0o644;
export const FOLDER_MODE = 0o755;
