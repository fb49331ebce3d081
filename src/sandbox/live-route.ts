import type { Network } from './device.js';
import { Random } from './random.js';
import type { WireRecord } from './wire.js';

/** Cells on the route of a moving device, which is a loop. */
const CELLS = 12;
/** Half the height and half the width of the loop in degrees: about 500 m each, in the middle of Europe. */
const LOOP = { lat: 0.0045, lon: 0.007 };

/**
 * The cell in which a moving device is, as members of a session.
 *
 * @param move - how often the device has changed its cell
 * @param network - the loop is near its location
 * @param route - name of the route, on which its cells depend
 */
export function cellAt(move: number, { lat, lon }: Network, route: string): WireRecord {
  const cell = move % CELLS;
  const angle = (2 * Math.PI * cell) / CELLS;
  return {
    cell_id: String(new Random(`${route} cell ${cell}`).int(1_000_000, 260_000_000)),
    cell_location_estimate: {
      lat: rounded(lat + LOOP.lat * Math.cos(angle)),
      lon: rounded(lon + LOOP.lon * Math.sin(angle)),
    },
  };
}

function rounded(degrees: number): number {
  return Math.round(degrees * 10_000) / 10_000;
}
