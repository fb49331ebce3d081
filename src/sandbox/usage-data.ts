import { textHash } from './random.js';
import type { RecordContext } from './record-context.js';

export const HOUR_MS = 3_600_000;

/** Networks by where they are, from the SIM's point of view. Each hour is spent in one of them. */
const PLACES = ['home', 'home', 'home', 'home', 'home', 'home', 'home', 'national', 'FRA', 'USA'] as const;
type Place = (typeof PLACES)[number];

/** Usage of a number of hours, apart by place. */
export interface Amounts {
  upload: number;
  download: number;
  fromSim: number;
  toSim: number;
}

export type UsageByPlace = ReadonlyMap<Place, Amounts>;

/** SIMs whose usage is that of the account: summing thousands would take seconds. */
const SUMMED_SIMS = 25;

/**
 * The usage of some SIMs from one hour to another. It is computed for each hour from the SID and the seed, so that days, months
 * and the account are the sums of their hours.
 *
 * @param from - beginning of the first hour, in milliseconds since 1970
 * @param to - end of the last hour
 */
export function usageBetween(
  simSids: readonly string[],
  from: number,
  to: number,
  { seed }: Pick<RecordContext, 'seed'>,
): UsageByPlace {
  const byPlace = new Map<Place, Amounts>();
  for (const sid of simSids.slice(0, SUMMED_SIMS)) {
    const start = textHash(`${seed} usage ${sid}`);
    for (let hour = Math.floor(from / HOUR_MS); hour * HOUR_MS < to; hour += 1) addHour(byPlace, start, hour);
  }
  return byPlace;
}

function addHour(byPlace: Map<Place, Amounts>, start: number, hour: number): void {
  const random = mix(start ^ Math.imul(hour, 0x9e3779b1));
  // Devices sleep: some hours have no usage, and some days none.
  const sleeps = random % 10 < 3 || mix(start + Math.floor(hour / 24)) % 12 === 0;
  if (sleeps) return;
  const place = PLACES[(random >>> 8) % PLACES.length] ?? 'home';
  let amounts = byPlace.get(place);
  if (amounts === undefined) {
    amounts = { upload: 0, download: 0, fromSim: 0, toSim: 0 };
    byPlace.set(place, amounts);
  }
  amounts.upload += 1000 + ((random >>> 4) % 400_000);
  amounts.download += 5000 + ((random >>> 2) % 40_000_000);
  if (random % 7 === 0) amounts.fromSim += 1;
  if (random % 11 === 0) amounts.toSim += 1;
}

/** Scatters the bits of an integer. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
