/**
 * What routers that control demand count for a field that takes an upstream request (`@cost`), where an object in
 * the answer counts 1: the requests are what is scarce, and one brings up to a thousand records.
 */
export const UPSTREAM_REQUEST_COST = 10;
