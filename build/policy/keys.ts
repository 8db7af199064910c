import { pathText } from '../../src/formats/shape.ts';
import type { GroupKey, Key, ListKey, ScalarKey } from '../../src/policy/keys.ts';
import { POLICY } from '../../src/policy/table.ts';

/** A key that a policy can set: a scalar, or a list as a whole. `ID` stands for a name of the administrator's. */
export type LeafKey = { readonly path: readonly string[]; readonly name: string; readonly key: ScalarKey | ListKey };

/** Every leaf of the table, in its order. */
export function leafKeys(key: Key = POLICY, path: readonly string[] = []): readonly LeafKey[] {
  switch (key.kind) {
    case 'scalar':
    case 'list':
      return [{ path, name: pathText(path), key }];
    case 'map':
      return leafKeys(key.of, [...path, 'ID']);
    case 'group':
      return Object.entries(key.keys).flatMap(([name, member]) => leafKeys(member, [...path, name]));
  }
}

/** The group at a path of the table. */
export function groupAt(path: readonly string[]): GroupKey | undefined {
  let key: Key | undefined = POLICY;
  for (const part of path) key = key?.kind === 'group' ? key.keys[part] : undefined;
  return key?.kind === 'group' ? key : undefined;
}
