import { Command, commands, simCommands } from './command.js';
import { DataSession, simDataSessions } from './data-session.js';
import type { CollectionDeclaration, ListDeclaration, ResourceDeclaration } from './define.js';
import { RatePlan, ratePlanSims, ratePlans } from './rate-plan.js';
import { Sim, sims } from './sim.js';

/** Everything that the gateway serves: the resources, and the lists that lead to them. */
export interface Catalog {
  readonly resources: readonly ResourceDeclaration[];
  readonly lists: readonly ListDeclaration[];
}

/** The resources and lists of the wireless REST API. */
export const catalog: Catalog = {
  resources: [Sim, DataSession, RatePlan, Command],
  lists: [sims, simDataSessions, simCommands, ratePlans, ratePlanSims, commands],
};

/** The collections that a catalog is read from, each once. */
export function collectionsOf({ resources, lists }: Catalog): ReadonlySet<CollectionDeclaration> {
  return new Set([
    ...resources.flatMap(({ single }) => (single === null ? [] : [single.collection])),
    ...lists.map(({ collection }) => collection),
  ]);
}
