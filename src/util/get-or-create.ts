/** What `getOrCreate` needs of a `Map` or a `WeakMap`. */
interface Entries<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): unknown;
}

/** The value of a key in a map. If there is none, it is created and stored; if `create` throws, nothing is stored. */
export function getOrCreate<K, V>(map: Entries<K, V>, key: K, create: () => V): V {
  const present = map.get(key);
  if (present !== undefined) return present;
  const created = create();
  map.set(key, created);
  return created;
}
