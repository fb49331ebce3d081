import { remembered } from '../util/remembered.js';
import { parseWeightedList, type Weighted } from './weighted-list.js';

/** The media types of JSON responses. */
export type JsonType = 'application/json' | 'application/graphql-response+json';

/** The media types of responses in events: Server-Sent Events, or Apollo's protocol for multipart/mixed. */
export type EventStreamType = 'text/event-stream' | 'multipart/mixed';

/** The media type by which a router asks for the events of a subscription by Apollo's HTTP callback protocol. */
export const CALLBACK_TYPE = 'application/json;callbackSpec=1.0';

/** How the events of a subscription are sent: in the response, or by callbacks. */
export type EventsType = EventStreamType | typeof CALLBACK_TYPE;

/** The media types of the responses to an operation. */
export interface AnswerTypes {
  /** For a response in one part; `null`: the client accepts no JSON. */
  readonly json: JsonType | null;
  /** For a response in parts (`@defer`); `null`: the client did not name one, and gets a response in one part. */
  readonly parts: string | null;
  /** For a subscription; `null`: the client accepts none of the types. */
  readonly events: EventsType | null;
  /** The same as an `Accept` header that leaves no choice. */
  readonly accept: string;
}

const JSON_TYPES: readonly JsonType[] = ['application/json', 'application/graphql-response+json'];
const PARTS_TYPES = ['multipart/mixed', 'text/event-stream'];

const negotiate = remembered(negotiateTypes);

/**
 * Chooses the media types of a response by the request's `Accept` (RFC 9110, 12.5.1). A response in parts is only sent to a
 * client that names its type: a client that accepts anything expects JSON in one part.
 *
 * @param accept - the header; without one, or with an empty one, the client accepts everything
 * @returns `null` if the client accepts none of the types
 */
export function responseTypesFor(accept: string | undefined): AnswerTypes | null {
  return negotiate(accept?.trim() || '*/*').types;
}

function negotiateTypes(accept: string): { readonly types: AnswerTypes | null } {
  const list = parseWeightedList(accept).filter(isUtf8);
  const json = bestOf(JSON_TYPES, list);
  const named = list.filter(({ value }) => !value.includes('*'));
  // A client that accepts no JSON, but a range with one of these, gets every response as a part.
  const parts = bestOf(PARTS_TYPES, json === null ? list : named);
  if (json === null && parts === null) return { types: null };
  const kept = [parts, json].filter((type) => type !== null);
  return { types: { json, parts, events: eventsTypeOf(list), accept: kept.join(', ') } };
}

/** The parameter by which a client says that it can read events in multipart/mixed. */
const APOLLO_EVENTS = /^subscriptionspec\s*=\s*"?1(?:\.0)?"?$/;

/** The parameter of `CALLBACK_TYPE`. */
const APOLLO_CALLBACKS = /^callbackspec\s*=\s*"?1(?:\.0)?"?$/;

function eventsTypeOf(list: readonly Weighted[]): EventsType | null {
  const has = ({ parameters }: Weighted, pattern: RegExp) => parameters.some((text) => pattern.test(text));
  const readable = list
    .filter((member) => member.value !== 'multipart/mixed' || has(member, APOLLO_EVENTS))
    .map((member) =>
      member.value === 'application/json' && has(member, APOLLO_CALLBACKS)
        ? { ...member, value: CALLBACK_TYPE }
        : member,
    );
  // A range with wildcards only stands for the first type.
  const named = readable.filter(({ value }) => !value.includes('*'));
  const types: readonly EventsType[] = ['text/event-stream', 'multipart/mixed', CALLBACK_TYPE];
  return bestOf(types, named) ?? bestOf<EventsType>(['text/event-stream'], readable);
}

/** JSON is UTF-8 (RFC 8259, 8.1). */
function isUtf8({ parameters }: Weighted): boolean {
  return parameters.every((text) => !/^charset\s*=/.test(text) || /^charset\s*=\s*"?utf-?8"?$/.test(text));
}

/** The type with the largest weight; among equal weights, the one that the client names first, else the first one. */
function bestOf<T extends string>(types: readonly T[], list: readonly Weighted[]): T | null {
  let best: T | null = null;
  let bestWeight = 0;
  let bestIndex = Number.POSITIVE_INFINITY;
  for (const type of types) {
    const { weight, index } = match(type, list);
    if (weight > bestWeight || (weight === bestWeight && weight > 0 && index < bestIndex)) {
      best = type;
      bestWeight = weight;
      bestIndex = index;
    }
  }
  return best;
}

/** The most specific member that matches a type. */
function match(type: string, list: readonly Weighted[]): { weight: number; index: number } {
  for (const value of [type, `${type.slice(0, type.indexOf('/'))}/*`, '*/*']) {
    const index = list.findIndex((member) => member.value === value);
    const weight = list[index]?.weight;
    if (weight !== undefined) return { weight, index };
  }
  return { weight: 0, index: -1 };
}

/** Whether the client accepts HTML by name, as browsers do when a person opens a URL. */
export function acceptsHtml(accept: string | undefined): boolean {
  if (accept === undefined || !accept.includes('text/html')) return false;
  return parseWeightedList(accept).some(({ value, weight }) => value === 'text/html' && weight > 0);
}
