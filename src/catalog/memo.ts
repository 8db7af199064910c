/** `make` is called once for a key and its result kept as long as the key lives: the same bytes are never verified twice in a run. */
export function remember<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, { readonly value: V }>();
  return (key) => {
    const hit = known.get(key) ?? { value: make(key) };
    known.set(key, hit);
    return hit.value;
  };
}

/** The same for two keys. */
export function rememberPair<A extends object, B extends object, V>(make: (a: A, b: B) => V): (a: A, b: B) => V {
  const ofA = remember((a: A) => remember((b: B) => make(a, b)));
  return (a, b) => ofA(a)(b);
}

/** More documents than any repository has roles. */
const MOST_NAMES = 1000;

/**
 * `make` is called for a name and its bytes, and again only when the bytes of that name are others: a process that stays parses, and so
 * verifies, a document that did not change once.
 */
export function rememberBytes<V>(make: (name: string, bytes: Uint8Array) => V): (name: string, bytes: Uint8Array) => V {
  const known = new Map<string, { readonly bytes: Uint8Array; readonly value: V }>();
  return (name, bytes) => {
    const before = known.get(name);
    if (before !== undefined && sameBytes(before.bytes, bytes)) return before.value;
    const value = make(name, bytes);
    if (known.size >= MOST_NAMES) known.clear();
    known.set(name, { bytes, value });
    return value;
  };
}

/** Equal, byte for byte. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
