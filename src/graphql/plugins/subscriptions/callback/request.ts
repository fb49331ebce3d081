import type { GraphQLError } from 'graphql';
import { type CallbackHost, judgeCallbackUrl } from '../../../../config/callback-hosts.js';
import { httpError } from '../../../../http/http-error.js';

/** What a router asks for in `extensions.subscription`. */
export interface CallbackRequest {
  /** Where the messages are sent. */
  readonly url: URL;
  readonly id: string;
  /** The secret by which the router knows that a message is for a subscription of its own. */
  readonly verifier: string;
  /** Period of the router's own check that the subscription is alive, in milliseconds; 0: it has none. */
  readonly heartbeatMs: number;
}

const MAX_URL_LENGTH = 2048;

/** Apollo Router's IDs and verifiers are hashes of 64 characters. */
const MAX_TEXT_LENGTH = 1024;

/** More frequent heartbeats would cost a router and this gateway more than the events. */
const MIN_HEARTBEAT_MS = 1000;

/** How long a subscription lasts. */
const MAX_HEARTBEAT_MS = 30 * 60_000;

/**
 * Reads the request for callbacks of a subscription.
 *
 * @param method - of the HTTP request
 * @param extensions - of the GraphQL request
 * @param hosts - the routers that may be called
 * @throws {GraphQLError} BAD_USER_INPUT that says what was expected
 */
export function readCallbackRequest(
  method: string,
  extensions: unknown,
  hosts: readonly CallbackHost[],
): CallbackRequest {
  if (method !== 'POST') throw expected('a POST request for a subscription by HTTP callbacks');
  const given = memberOf(extensions, 'subscription');
  return {
    url: urlOf(memberOf(given, 'callbackUrl'), hosts),
    id: textOf(given, 'subscriptionId'),
    verifier: textOf(given, 'verifier'),
    heartbeatMs: heartbeatOf(memberOf(given, 'heartbeatIntervalMs')),
  };
}

function memberOf(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null
    ? (object as Record<string, unknown>)[name]
    : undefined;
}

function textOf(given: unknown, name: string): string {
  const text = memberOf(given, name);
  if (typeof text !== 'string' || text === '' || text.length > MAX_TEXT_LENGTH) {
    throw expected(
      `\`extensions.subscription.${name}\` to be a string of 1 to ${MAX_TEXT_LENGTH} characters`,
    );
  }
  return text;
}

function urlOf(text: unknown, hosts: readonly CallbackHost[]): URL {
  const name = '`extensions.subscription.callbackUrl`';
  if (typeof text !== 'string' || text.length > MAX_URL_LENGTH || !URL.canParse(text)) {
    throw expected(`${name} to be a URL of at most ${MAX_URL_LENGTH} characters`);
  }
  // What was compared with the list is what is requested: nothing parses the text again.
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw expected(`${name} to be an http(s) URL`);
  if (url.username !== '' || url.password !== '') throw expected(`${name} to have no credentials`);
  switch (judgeCallbackUrl(hosts, url)) {
    case 'unknown host':
      throw expected(`${name} to have the host and port of a router that LIVE_CALLBACK_HOSTS names`);
    case 'plaintext':
      throw expected(
        `${name} to be an https URL: LIVE_CALLBACK_HOSTS does not name the host with the prefix http://`,
      );
    case 'allowed':
      return url;
  }
}

function heartbeatOf(ms: unknown): number {
  const isValid =
    Number.isSafeInteger(ms) &&
    (ms === 0 || (Number(ms) >= MIN_HEARTBEAT_MS && Number(ms) <= MAX_HEARTBEAT_MS));
  if (isValid) return Number(ms);
  throw expected(
    `\`extensions.subscription.heartbeatIntervalMs\` to be 0, or an integer from ${MIN_HEARTBEAT_MS} to ${MAX_HEARTBEAT_MS}`,
  );
}

function expected(what: string): GraphQLError {
  return httpError({
    status: 400,
    code: 'BAD_USER_INPUT',
    message: `Expected ${what}.`,
  });
}
