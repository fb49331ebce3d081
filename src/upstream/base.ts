/** A base URL in parts, normalised: without credentials, query and slashes at its end. */
export interface Base {
  readonly origin: string;
  /** Path in front of the API's own paths: `''`, or `/some/prefix`. */
  readonly prefix: string;
}

export function readBase(url: string): Base {
  const { origin, pathname } = new URL(url);
  return { origin, prefix: pathname.replace(/\/+$/, '') };
}
