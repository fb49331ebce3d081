import { pageOf, sessionOf } from './pages.mjs';

/*
 * The stand-in's bodies of the other lists: SIMs, usage of a SIM, and the sessions of SIMs whose lists end.
 */

/** Sessions of a SIM whose list ends. */
const FINITE_SESSIONS = 2000;
/** Sessions of a SIM whose list is as long as a walk may be. */
const LONG_SESSIONS = 25_000;

/** SIMs whose lists end, by the beginning of their SIDs, with the number of their sessions. */
const LENGTHS = new Map([
  [`DE${'f1'.repeat(8)}`, FINITE_SESSIONS],
  [`DE${'f2'.repeat(8)}`, LONG_SESSIONS],
]);

/** @param {number} number */
export const finiteSimSid = (number) => `DE${'f1'.repeat(8)}${number.toString(16).padStart(16, '0')}`;
/** @param {number} number */
export const longSimSid = (number) => `DE${'f2'.repeat(8)}${number.toString(16).padStart(16, '0')}`;

const ACCOUNT_SID = `AC${'0'.repeat(32)}`;
const CREATED = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;

/**
 * Makes the bodies of one stand-in.
 *
 * @param {string} base - of the absolute URLs in them
 */
export function createOtherPages(base) {
  /** @type {Map<string, Buffer>} */
  const kept = new Map();
  /**
   * @param {string} key
   * @param {() => object} make
   */
  const memoized = (key, make) => {
    const body = kept.get(key) ?? Buffer.from(JSON.stringify(make()));
    kept.set(key, body);
    return body;
  };

  return {
    /** @param {number} size */
    sims: (size) =>
      memoized(`sims ${size}`, () => ({
        sims: Array.from({ length: size }, (_, index) => sim(base, index)),
        meta: pageOf(base, '/v1/Sims', 'sims', size, 0, null),
      })),

    /**
     * @param {string} sid
     * @param {number} size
     */
    usage: (sid, size) =>
      memoized(`usage ${sid} ${size}`, () => ({
        usage_records: Array.from({ length: size }, (_, index) => usageRecord(index)),
        meta: pageOf(base, `/v1/Sims/${sid}/UsageRecords`, 'usage_records', size, 0, null),
      })),

    /**
     * @param {string} sid
     * @param {number} size
     * @param {number} from - place of the first record
     * @returns {Buffer | null} `null`: the list of this SIM does not end
     */
    finite(sid, size, from) {
      const length = LENGTHS.get(sid.slice(0, 18));
      if (length === undefined) return null;
      const end = Math.min(length, from + size);
      // The same for all SIMs: nothing of what is measured looks at whose they are.
      return memoized(`${length} ${size} ${from} ${sid}`, () => ({
        data_sessions: Array.from({ length: Math.max(0, end - from) }, (_, index) => sessionOf(from + index)),
        meta: pageOf(
          base,
          `/v1/Sims/${sid}/DataSessions`,
          'data_sessions',
          size,
          from,
          end < length ? end : null,
        ),
      }));
    },
  };
}

/**
 * @param {string} base
 * @param {number} index
 */
function sim(base, index) {
  const sid = finiteSimSid(index);
  const created = wireDate(CREATED + index * DAY_MS);
  return {
    sid,
    unique_name: `device-${index}`,
    account_sid: ACCOUNT_SID,
    rate_plan_sid: `WP${'a'.repeat(32)}`,
    friendly_name: `Device ${index}`,
    iccid: `8988307${String(index).padStart(12, '0')}`,
    e_id: null,
    status: 'active',
    reset_status: null,
    commands_callback_url: null,
    commands_callback_method: 'POST',
    date_created: created,
    date_updated: created,
    url: `${base}/v1/Sims/${sid}`,
    links: {
      data_sessions: `${base}/v1/Sims/${sid}/DataSessions`,
      rate_plan: `${base}/v1/RatePlans/WP${'a'.repeat(32)}`,
      usage_records: `${base}/v1/Sims/${sid}/UsageRecords`,
    },
    ip_address: null,
    sms_fallback_method: null,
    sms_fallback_url: null,
    sms_method: null,
    sms_url: null,
    voice_fallback_method: null,
    voice_fallback_url: null,
    voice_method: null,
    voice_url: null,
  };
}

/** @param {number} index */
function usageRecord(index) {
  const start = Math.floor(Date.now() / DAY_MS) * DAY_MS - index * DAY_MS;
  const upload = 1000 + ((index * 7919) % 60_000);
  const data = {
    upload,
    download: upload * 70_001,
    total: upload * 70_002,
    units: 'bytes',
    billed: 0.35,
    billing_units: 'USD',
  };
  const commands = {
    from_sim: index % 5,
    to_sim: 1,
    total: (index % 5) + 1,
    billed: 0,
    billing_units: 'USD',
  };
  return {
    account_sid: ACCOUNT_SID,
    sim_sid: finiteSimSid(0),
    period: { start: wireDate(start), end: wireDate(start + DAY_MS) },
    data: { ...data, home: data, national_roaming: null, international_roaming: [] },
    commands: { ...commands, home: commands, national_roaming: null, international_roaming: [] },
  };
}

/** @param {number} ms */
function wireDate(ms) {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
