import { DataSession, simDataSessions } from './data-session.js';
import type { ListDeclaration, ResourceDeclaration } from './define.js';
import { Sim } from './sim.js';

/** Everything that the gateway serves: the resources, and the lists that lead to them. */
export interface Catalog {
  readonly resources: readonly ResourceDeclaration[];
  readonly lists: readonly ListDeclaration[];
}

/** The resources and lists of the wireless REST API. */
export const catalog: Catalog = {
  resources: [Sim, DataSession],
  lists: [simDataSessions],
};
