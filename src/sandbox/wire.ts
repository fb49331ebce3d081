/**
 * A record in the format of the API. Its members are `unknown`, because the sandbox also sends values of wrong types.
 */
export type WireRecord = { readonly [member: string]: unknown };

/** A SIM record. Its SID identifies lists and routes. */
export type WireSim = WireRecord & { readonly sid: string };

/** The API variant that the sandbox implements. */
export type Dialect = 'twilio' | 'kore';
