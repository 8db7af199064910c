import { type Failure, fail, ok, type Outcome } from '../model/index.ts';
import { commit } from './commit.ts';
import { type KeyOptions, keyFolders, type KeysMoved, keysMoved, remembering } from './key-folders.ts';
import { trustedSigners } from './keyring.ts';
import { alone } from './lock.ts';
import type { PublisherPorts } from './ports.ts';
import { readRepository, readRoots, type Repository } from './repository.ts';
import { type RoleEnds, roleEnds } from './role-ends.ts';
import { daysProblem, readSettings, type Settings, writeSettings } from './settings.ts';
import type { Changes } from './sign.ts';

export type RenewOptions = KeyOptions & {
  readonly dir: string;
  /** root, targets, components; without any: root, targets and each component whose key is within reach */
  readonly roles?: readonly string[];
  /** how long signatures last from now on: remembered */
  readonly expiryDays?: Partial<Pick<Settings['expiryDays'], 'root' | 'targets'>>;
};
export type Renewed = RoleEnds & KeysMoved;

/**
 * Signs root, targets and components' roles anew, so that their dates go on: the same keys, the same content. Clients walk from the root
 * that they have to the new one, also from one that has expired.
 */
export async function renew(ports: PublisherPorts, options: RenewOptions): Promise<Outcome<Renewed, Failure>> {
  const { dir } = options;
  if (options.roles?.length === 0) return fail('repo-option', { option: 'ROLES', problem: 'no role is named' });
  const wrong = daysProblem(options.expiryDays ?? {});
  if (wrong !== undefined) return wrong;
  const settings = readSettings(ports, dir);
  if (!settings.ok) return settings;
  return alone(ports, dir, (): Outcome<Renewed, Failure> => {
    const read = readRepository(ports, dir);
    if (!read.ok) return read;
    const folders = keyFolders(ports, dir, options, read.value.settings.keys);
    if (!folders.ok) return folders;
    const roots = readRoots(ports, dir);
    if (!roots.ok) return roots;
    const changes = dates(read.value, options.roles ?? withinReach(ports, read.value, folders.value.all));
    if (!changes.ok) return changes;
    const lasting = { ...read.value.settings, expiryDays: { ...read.value.settings.expiryDays, ...options.expiryDays } };
    const done = commit(ports, { ...read.value, settings: lasting }, changes.value, { keys: folders.value.all, now: ports.clock.now() });
    if (!done.ok) return done;
    const kept = remembering(ports, lasting, folders.value, read.value.root.roles.timestamp, done.value);
    const remembered = options.expiryDays === undefined && kept.keys === lasting.keys ? ok() : writeSettings(ports, dir, kept);
    return remembered.ok ? ok({ ...roleEnds({ ...read.value, settings: lasting }, done.value), ...keysMoved(lasting, kept) }) : remembered;
  });
}

/** Root and targets are asked for in any case: that they are not there is to be told. */
function withinReach(ports: PublisherPorts, { targets }: Repository, folders: readonly string[]): readonly string[] {
  const components = targets.delegations.roles.filter((role) => trustedSigners(ports, { folders }, role.name, role).ok);
  return ['root', 'targets', ...components.map((c) => c.name)];
}

/** The same documents for each role: only their dates and versions will differ. */
function dates({ root, targets, roles }: Repository, asked: readonly string[]): Outcome<Changes, Failure> {
  const known = ['root', 'targets', ...roles.keys()];
  const online = asked.find((role) => role === 'snapshot' || role === 'timestamp');
  if (online !== undefined) return fail('repo-option', { option: 'ROLES', problem: `${online} is signed anew by glued repo refresh` });
  const stranger = asked.find((role) => !known.includes(role));
  if (stranger !== undefined) return fail('repo-role-unknown', { role: stranger, known: known.join(', ') });
  const { custom, delegations, targets: files } = targets;
  return ok({
    ...(asked.includes('root') ? { root } : {}),
    ...(asked.includes('targets') ? { targets: { delegations, targets: files, ...(custom === undefined ? {} : { custom }) } } : {}),
    roles: new Map([...roles].flatMap(([id, role]) => (asked.includes(id) ? [[id, role.targets]] : []))),
    ...(asked.every((role) => role === 'root') ? { online: 'none' } : {}),
  });
}
