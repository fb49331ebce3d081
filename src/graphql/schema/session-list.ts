import type { SessionConnection } from '../../connections/session-connection.js';
import { PAGE_BUDGET } from '../../connections/session-loader.js';
import type { WindowRequest } from '../../pagination/arguments.js';
import type { UpstreamList } from './upstream-list.js';

/** The upstream list behind `Sim.dataSessions`. */
export const SESSION_LIST: UpstreamList<SessionConnection> = {
  load: ({ sessions }, simSid, args) => sessions.load(simSid, args),
  windowCost,
  maxWindowCost: PAGE_BUDGET,
};

/**
 * A first window is one page, since no window is larger than a page can be. With a cursor it can take one page more.
 * What only has an end, `last` without `before`, is searched from the head of a list of unknown length, as far as the
 * page budget of a window goes.
 */
function windowCost({ direction, after, before }: WindowRequest): number {
  if (direction === 'backward' && before === null) return PAGE_BUDGET;
  return after === null && before === null ? 1 : 2;
}
