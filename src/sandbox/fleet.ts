import { simSidAt } from './sids.js';

/** How closely the sessions of a SIM follow the vendor's documentation. */
export type SessionStyle = 'demo' | 'odd' | 'clean' | 'mixed';

/** Specification of a SIM and its sessions. */
export interface FleetMember {
  readonly sid: string;
  readonly uniqueName: string | null;
  readonly friendlyName: string;
  readonly status: string;
  readonly resetting: boolean;
  /** Number of sessions; `null`: determined by the seed. */
  readonly sessions: number | null;
  /** Number of the newest sessions that have not ended. */
  readonly open: number;
  readonly style: SessionStyle;
}

type Entry = Partial<Omit<FleetMember, 'sid'>>;

/**
 * SIMs with sizes and states that are typical test cases: no session, one session, full pages, thousands of sessions.
 */
const FIXTURES: readonly Entry[] = [
  { uniqueName: 'delivery-van-7', friendlyName: 'Delivery van 7', sessions: 340, open: 1, style: 'demo' },
  { uniqueName: 'lab-oddities', friendlyName: 'Lab bench', sessions: 120, open: 2, style: 'odd' },
  { uniqueName: 'water-meter-12', friendlyName: 'Water meter 12', sessions: 100, style: 'clean' },
  { uniqueName: 'spare-1', friendlyName: '', status: 'new', sessions: 0 },
  { uniqueName: null, friendlyName: 'Parking sensor 3', status: 'ready', sessions: 1, open: 1 },
  { uniqueName: 'ticket-kiosk', friendlyName: 'Ticket kiosk', status: 'suspended', sessions: 50 },
  { uniqueName: 'bus-11', friendlyName: 'Bus 11', sessions: 1234, open: 1 },
  { uniqueName: 'harbour-crane-2', friendlyName: 'Harbour crane 2', sessions: 2500, open: 1 },
  { uniqueName: 'weather-station', friendlyName: 'Weather station', status: 'deactivated', sessions: 1000 },
  { uniqueName: 'old-tracker', friendlyName: 'Old tracker', status: 'canceled', sessions: 51 },
  { uniqueName: 'tram-4', friendlyName: 'Tram 4', status: 'scheduled' },
  { uniqueName: 'tram-5', friendlyName: 'Tram 5', status: 'updating' },
  // An undocumented status: the API may add one at any time.
  { uniqueName: 'buoy-9', friendlyName: '', status: 'hibernating' },
  { uniqueName: 'ferry-1', friendlyName: 'Ferry 1', resetting: true, open: 1 },
];

/**
 * Returns the SIMs of the account in the order of the listing.
 *
 * @param withDeleted - whether one SIM has the status `deleted`, which only one dialect has
 */
export function fleet(count: number, withDeleted: boolean): FleetMember[] {
  return Array.from({ length: count }, (_, index) => {
    const deleted = withDeleted && index === FIXTURES.length;
    return {
      sid: simSidAt(index),
      uniqueName: `device-${index}`,
      friendlyName: `Device ${index}`,
      status: deleted ? 'deleted' : 'active',
      resetting: false,
      sessions: null,
      open: 0,
      style: 'mixed',
      ...FIXTURES[index],
    };
  });
}
