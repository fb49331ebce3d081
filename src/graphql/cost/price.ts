/**
 * What an operation can take: requests of the upstream, and walks over whole lists. A walk takes at least one request, and as
 * many as it is granted.
 */
export interface Price {
  readonly requests: number;
  readonly walks: number;
}

export const FREE: Price = { requests: 0, walks: 0 };

export function sumOf(prices: Iterable<Price>): Price {
  let [requests, walks] = [0, 0];
  for (const price of prices) {
    requests += price.requests;
    walks += price.walks;
  }
  return { requests, walks };
}

/** The price of the same for each of `count` records. */
export function times(count: number, { requests, walks }: Price): Price {
  return { requests: count * requests, walks: count * walks };
}

/** Whether an operation fits into a limit of upstream requests. */
export interface Admission {
  /** Upstream requests that the operation needs at most, with one for each walk. */
  readonly required: number;
  /** Pages that each of its walks may read, so that all requests together stay within the limit. */
  readonly walkPages: number;
}

/** @param limit - upstream requests that the operation may take */
export function admissionOf({ requests, walks }: Price, limit: number): Admission {
  const required = requests + walks;
  const walkPages = walks === 0 ? Number.POSITIVE_INFINITY : Math.floor((limit - requests) / walks);
  return { required, walkPages };
}
