/** Capacity: clients can send any number of values. */
const MAX_REMEMBERED = 100;

/**
 * Caches what is derived from the value of a header, because nearly all clients send one of a few values. Errors are not
 * cached.
 */
export function remembered<T>(derive: (header: string) => T): (header: string) => T {
  const known = new Map<string, T>();
  return (header) => {
    let value = known.get(header);
    if (value === undefined) {
      value = derive(header);
      if (known.size < MAX_REMEMBERED) known.set(header, value);
    }
    return value;
  };
}
