import leven, { closestMatch } from 'leven';
import type { Environment } from './environment.js';
import { SECRET_FILES } from './secrets.js';
import { VARIABLE_NAMES } from './variables.js';

/** A variable that the gateway does not know, with the known one that it resembles most. */
export interface MisspeltVariable {
  readonly name: string;
  readonly nearest: string;
}

/** Beginnings of names that the gateway uses. Variables of Node or of OpenTelemetry are not its own. */
const FAMILIES =
  /^(UPSTREAM|TWILIO|KORE|GATEWAY|JWT|CORS|MAX|RATE|CACHE|STALE|REDIS|PERSISTED|LOG|DRAIN|SHUTDOWN|INTERNAL|CURSOR|LIVE|TRUST|WORKERS)_/;

/** What Kubernetes and Docker set for a service or link with a name such as `redis` or `gateway`. */
const SERVICE_LINK = /_SERVICE_HOST$|_SERVICE_PORT(_\w+)?$|_PORT$|_PORT_\d+_(TCP|UDP|SCTP)(_\w+)?$/;

/** What many programs read, in upper or lower case. */
const PROXY = /^(https?|no|ftp|all|rsync|socks)_proxy$/i;

/** Up to this length of a name, two changes make any other word of it: `HOME` would be taken for `HOST`. */
const SHORT_NAME = 7;

const KNOWN: readonly string[] = [...VARIABLE_NAMES, ...SECRET_FILES];

/**
 * Finds environment variables that look like the gateway's and have no effect, such as `CACHE_TTL`: those of its families
 * of names, and those that differ from a known name by one or two characters. Empty ones count as
 * not set. Values are not returned.
 */
export function misspeltVariables(env: Environment): readonly MisspeltVariable[] {
  const known = new Set(KNOWN);
  const found: MisspeltVariable[] = [];
  for (const [name, value = ''] of Object.entries(env)) {
    if (value.trim() === '' || known.has(name) || SERVICE_LINK.test(name) || PROXY.test(name)) continue;
    const nearest = closestMatch(name.toUpperCase(), KNOWN) ?? '';
    const tolerated = nearest.length <= SHORT_NAME ? 1 : 2;
    const resembles = leven(name.toUpperCase(), nearest) <= tolerated;
    if (resembles || FAMILIES.test(name)) found.push({ name, nearest });
  }
  return found;
}
