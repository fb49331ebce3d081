/** How browsers are told whether pages of another origin may read the answers. */
export interface CorsOptions {
  readonly origin: string[];
  readonly methods: string[];
  readonly exposedHeaders: string[];
  readonly credentials: boolean;
}

/**
 * Lets pages of the configured origins in. Cookies mean nothing here, so no page may send any.
 *
 * The origins are compared here: Yoga would answer all others that the origin `null` is welcome, which is what
 * a sandboxed frame of any page goes by.
 */
export function corsFor(origins: readonly string[]): (request: Request) => CorsOptions | false {
  return (request) => {
    const origin = request.headers.get('origin');
    if (origin === null || !origins.includes(origin)) return false;
    return {
      origin: [origin],
      methods: ['GET', 'POST'],
      exposedHeaders: ['Retry-After'],
      credentials: false,
    };
  };
}
