/** Header values are remembered up to this many: clients can send any number of them. */
const MAX_REMEMBERED = 100;

/**
 * Remembers what is derived from a header's value, since nearly all clients send one of a few. What throws is not
 * remembered.
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
