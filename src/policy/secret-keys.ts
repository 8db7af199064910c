import { pathText } from '../formats/shape.ts';
import type { KeyPath } from './check.ts';
import type { Key, Plain } from './keys.ts';

/** Every secret file that the policy names, with its key. */
export function secretNames(key: Key, value: Plain | undefined, path: KeyPath): readonly { readonly key: string; readonly name: string }[] {
  if (value === undefined) return [];
  if (key.kind === 'scalar') {
    const isSecret = key.type.is === 'text' && key.type.format === 'secret-file' && typeof value === 'string';
    return isSecret ? [{ key: pathText(path), name: value }] : [];
  }
  if (key.kind === 'list') return Array.isArray(value) ? value.flatMap((one: Plain, at) => secretNames(key.of, one, [...path, at])) : [];
  if (typeof value !== 'object' || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, one]) => {
    const member = key.kind === 'map' ? key.of : key.keys[name];
    return member === undefined ? [] : secretNames(member, one, [...path, name]);
  });
}
