/** A normalized base URL, without credentials, query and trailing slashes. */
export interface Base {
  readonly origin: string;
  /** Path prefix of the API: `''`, or `/some/prefix`. */
  readonly prefix: string;
}

export function readBase(url: string): Base {
  const { origin, pathname } = new URL(url);
  return { origin, prefix: pathname.replace(/\/+$/, '') };
}
