/** A record as it goes over the wire. Its members are `unknown` because odd ones are the point of the sandbox. */
export type WireRecord = { readonly [member: string]: unknown };

/** A SIM record; its SID is what lists and routes are found by. */
export type WireSim = WireRecord & { readonly sid: string };

/** Which of the two APIs is imitated. */
export type Dialect = 'twilio' | 'kore';
