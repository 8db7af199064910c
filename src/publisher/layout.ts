import { join } from 'node:path';

/** Roles that TUF itself has: no component may bear one of these names. */
export const TOP_ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const;
export type TopRole = (typeof TOP_ROLES)[number];

/** Every path of a repository, in one place (DESIGN, Content repository). What begins with a dot is the publisher's own, never served. */
export const layout = {
  settings: (dir: string) => join(dir, '.glued-publisher.json'),
  lock: (dir: string) => join(dir, '.glued-publisher.lock'),
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

/** File names of keys in the folder of keys; a component's has a prefix that no other has. */
export const keyName = {
  top: (role: TopRole, number: number) => `${role}-${number}.pem`,
  component: (id: string) => `component-${id}.pem`,
} as const;

/** Old versions of metadata that stay, for clients that read while we publish. Roots stay for ever. */
export const KEPT_VERSIONS = 10;

/** What lies in the folders of a repository is for everyone to read. */
export const FILE_MODE = 0o644;
export const FOLDER_MODE = 0o755;
