import { isAbsent, isJsonObject, type ObjectCodec } from './codecs.js';
import { malformed } from './member.js';

/** The estimated position of a cell, in degrees (WGS 84). */
export interface CellLocationEstimate {
  readonly lat: number;
  readonly lon: number;
}

/** An estimate of where a cell is. The upstream sends `{}` if there is none. */
export const cellLocation: ObjectCodec<CellLocationEstimate> = {
  kind: 'object',
  name: 'CellLocationEstimate',
  description: 'Where a cell is thought to be, in degrees (WGS 84).',
  fields: {
    lat: { type: 'Float', nullable: false, description: 'Latitude in degrees, north positive.' },
    lon: { type: 'Float', nullable: false, description: 'Longitude in degrees, east positive.' },
  },
  decode(value, context) {
    if (isAbsent(value)) return null;
    if (isJsonObject(value)) {
      if (isAbsent(value.lat) && isAbsent(value.lon)) return null;
      const lat = degrees(value.lat, 90);
      const lon = degrees(value.lon, 180);
      if (lat !== null && lon !== null) return { lat, lon };
    }
    return malformed('an object with lat and lon in degrees', context);
  },
};

function degrees(value: unknown, max: number): number | null {
  const number = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Math.abs(number) <= max ? number : null;
}
