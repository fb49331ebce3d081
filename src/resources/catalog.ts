import { Command, commandSim, commands, simCommands } from './command.js';
import { DataSession, sessionSim, simDataSessions } from './data-session.js';
import type {
  CollectionDeclaration,
  ConstantDeclaration,
  ListDeclaration,
  RelationDeclaration,
  ResourceDeclaration,
} from './define.js';
import { limits } from './limits.js';
import { RatePlan, ratePlanSims, ratePlans, simRatePlan } from './rate-plan.js';
import { Sim, sims } from './sim.js';
import { simUsageRecords, UsageRecord, usageRecords } from './usage-record.js';

/** Everything that the gateway serves: the resources, the lists that lead to them, and how they refer to each other. */
export interface Catalog {
  readonly resources: readonly ResourceDeclaration[];
  readonly lists: readonly ListDeclaration[];
  readonly relations: readonly RelationDeclaration[];
  /** Fields of `Query` that take no upstream request. */
  readonly constants: readonly ConstantDeclaration[];
}

/** The resources and lists of the wireless REST API. */
export const catalog: Catalog = {
  resources: [Sim, DataSession, RatePlan, Command, UsageRecord],
  lists: [
    sims,
    simDataSessions,
    simCommands,
    simUsageRecords,
    ratePlans,
    ratePlanSims,
    commands,
    usageRecords,
  ],
  relations: [simRatePlan, commandSim, sessionSim],
  constants: [limits],
};

/** The collections that a catalog is read from, each once. */
export function collectionsOf({ resources, lists }: Catalog): ReadonlySet<CollectionDeclaration> {
  return new Set([
    ...resources.flatMap(({ single }) => (single === null ? [] : [single.collection])),
    ...lists.map(({ collection }) => collection),
  ]);
}
