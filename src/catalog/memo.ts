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
