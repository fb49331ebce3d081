import { serialOf, simSid } from './sims.mjs';

/*
 * The stand-in's bodies, in the upstream's wire format: lists of data sessions that never end. Every SIM has the
 * same sessions but for the SIDs, so that a body can be had from a template where it is not kept.
 */

/** Bodies kept at most: enough for the SIMs in rotation, and no burden where a run asks for 200,000 of them. */
const KEPT = 500;
const TEMPLATE_SID = simSid(0xfeed_c0de_beef);
const ACCOUNT_SID = `AC${'0'.repeat(32)}`;
const NEWEST = Date.UTC(2026, 0, 31, 12);
const MINUTE_MS = 60_000;

const NETWORKS = [
  { mcc: '262', mnc: '01', country: 'DEU', name: 'Telekom', lat: 53.5511, lon: 9.9937 },
  { mcc: '310', mnc: '260', country: 'USA', name: 'T-Mobile', lat: 47.6062, lon: -122.3321 },
  { mcc: '234', mnc: '15', country: 'GBR', name: 'Vodafone', lat: 51.5072, lon: -0.1276 },
];

/**
 * Makes the bodies of one stand-in.
 *
 * @param {string} base - of the absolute URLs in them
 */
export function createPages(base) {
  /** @type {Map<string, string>} */
  const templates = new Map();
  /** @type {Map<string, Buffer>} */
  const kept = new Map();

  /**
   * @param {string} sid
   * @param {number} size
   * @param {number} from - place of the first record in its list
   */
  return function page(sid, size, from) {
    const key = `${sid} ${size} ${from}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const templateKey = `${size} ${from}`;
    const template = templates.get(templateKey) ?? JSON.stringify(pageBody(base, size, from));
    templates.set(templateKey, template);
    const body = Buffer.from(template.replaceAll(serialOf(TEMPLATE_SID), serialOf(sid)));
    if (kept.size < KEPT) kept.set(key, body);
    return body;
  };
}

/**
 * @param {string} base
 * @param {number} size
 * @param {number} from
 */
function pageBody(base, size, from) {
  return {
    data_sessions: Array.from({ length: size }, (_, index) => sessionOf(from + index)),
    meta: pageOf(base, `/v1/Sims/${TEMPLATE_SID}/DataSessions`, 'data_sessions', size, from, from + size),
  };
}

/**
 * The paging information of a page.
 *
 * @param {string} base
 * @param {string} path
 * @param {string} key
 * @param {number} size
 * @param {number} from - place of the first record
 * @param {number | null} next - place of the first record of the next page; `null`: there is none
 */
export function pageOf(base, path, key, size, from, next) {
  const list = `${base}${path}?PageSize=${size}`;
  const page = Math.floor(from / size);
  return {
    page,
    page_size: size,
    first_page_url: `${list}&Page=0`,
    previous_page_url: null,
    url: `${list}&Page=${page}`,
    next_page_url: next === null ? null : `${list}&Page=${page + 1}&PageToken=PT${next}`,
    key,
  };
}

/** @param {number} index - place in the list, newest first */
export function sessionOf(index) {
  const network = /** @type {typeof NETWORKS[0]} */ (NETWORKS[index % NETWORKS.length]);
  const start = NEWEST - index * 40 * MINUTE_MS;
  const end = index === 0 ? null : wireDate(start + (5 + (index % 30)) * MINUTE_MS);
  return {
    sid: `WN${serialOf(TEMPLATE_SID)}${index.toString(16).padStart(16, '0')}`,
    sim_sid: TEMPLATE_SID,
    account_sid: ACCOUNT_SID,
    radio_link: 'LTE',
    operator_mcc: network.mcc,
    operator_mnc: network.mnc,
    operator_country: network.country,
    operator_name: network.name,
    cell_id: String(26_000_000 + index * 17),
    cell_location_estimate: { lat: network.lat, lon: network.lon },
    packets_uploaded: 40 + ((index * 7919) % 60_000),
    // Some pass 2^31, as they do in the vendor's own sample of byte counts.
    packets_downloaded: ((index * 104_729) % 400_000) + (index % 50 === 7 ? 3_000_000_000 : 0),
    last_updated: end ?? wireDate(start + 5 * MINUTE_MS),
    start: wireDate(start),
    end,
    imei: '351234567890124',
  };
}

/** @param {number} ms */
function wireDate(ms) {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
