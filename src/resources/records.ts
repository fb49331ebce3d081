import { UpstreamError } from '../upstream/errors.js';

/*
 * What the upstream's records are once decoded: the gateway's own names, typed. Wire names
 * (`packets_uploaded`) end at `decode/`.
 */

/** Stands where a member of a record arrived with a wrong type; its field is answered with an error, alone. */
export class MalformedMember {
  /**
   * @param expected - what the upstream documents for this member, for the error message
   * @param requestId - the upstream's id of the answer that carried it, where it gave one
   */
  constructor(
    readonly expected: string,
    readonly requestId: string | null,
  ) {}

  /**
   * Asked for when its field is answered: by the scalars of GraphQL, which do so of any object.
   *
   * @throws {UpstreamError} always: that field is null then, and no other
   */
  valueOf(): never {
    throw new UpstreamError(
      'UPSTREAM_BAD_RESPONSE',
      `the upstream sent something else than ${this.expected}`,
      this.requestId === null ? {} : { requestId: this.requestId },
    );
  }
}

/** A member as it arrived: its value, `null` where the upstream has none, or what is wrong with it. */
export type Member<T> = T | null | MalformedMember;

/** An instant as ISO 8601 text in UTC (`2026-11-24T07:08:33.000Z`): ready to be answered, and sortable. */
export type Instant = string;

export const SIM_STATUSES = [
  'new',
  'ready',
  'active',
  'suspended',
  'deactivated',
  'canceled',
  'scheduled',
  'updating',
  'deleted',
] as const;
/** `unknown` stands for a value that the upstream has learned since this was written. */
export type SimStatus = (typeof SIM_STATUSES)[number] | 'unknown';

export type ResetStatus = 'resetting' | 'unknown';

export const HTTP_METHODS = ['HEAD', 'GET', 'POST', 'PATCH', 'PUT', 'DELETE'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number] | 'unknown';

export interface Sim {
  /** Never malformed: a SIM record without its SID is refused as a whole. */
  readonly sid: string;
  readonly uniqueName: Member<string>;
  readonly accountSid: Member<string>;
  readonly ratePlanSid: Member<string>;
  readonly friendlyName: Member<string>;
  readonly iccid: Member<string>;
  /** `e_id` on the wire with Twilio, `eid` with KORE. */
  readonly eId: Member<string>;
  readonly status: Member<SimStatus>;
  readonly resetStatus: Member<ResetStatus>;
  readonly commandsCallbackUrl: Member<string>;
  readonly commandsCallbackMethod: Member<HttpMethod>;
  readonly dateCreated: Member<Instant>;
  readonly dateUpdated: Member<Instant>;
  readonly url: Member<string>;
  readonly links: Member<SimLinks>;
  readonly ipAddress: Member<string>;
}

export interface SimLinks {
  readonly dataSessions: string | null;
  readonly ratePlan: string | null;
  readonly usageRecords: string | null;
}

export interface CellLocationEstimate {
  readonly lat: number;
  readonly lon: number;
}

export interface DataSession {
  readonly sid: Member<string>;
  readonly simSid: Member<string>;
  readonly accountSid: Member<string>;
  readonly radioLink: Member<string>;
  readonly operatorMcc: Member<string>;
  readonly operatorMnc: Member<string>;
  readonly operatorCountry: Member<string>;
  readonly operatorName: Member<string>;
  readonly cellId: Member<string>;
  readonly cellLocationEstimate: Member<CellLocationEstimate>;
  readonly packetsUploaded: Member<number>;
  readonly packetsDownloaded: Member<number>;
  readonly lastUpdated: Member<Instant>;
  readonly start: Member<Instant>;
  readonly end: Member<Instant>;
  readonly imei: Member<string>;
}
