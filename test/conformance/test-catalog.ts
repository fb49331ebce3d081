import { type Catalog, catalog } from '../../src/resources/catalog.js';
import { count, id, instant, oneOf, text } from '../../src/resources/codecs.js';
import { type CollectionDeclaration, defineList, defineResource } from '../../src/resources/define.js';
import { LOCATION } from '../../src/resources/scopes.js';
import { Sim } from '../../src/resources/sim.js';

/*
 * Two resources that no vendor has, declared for tests alone. Nothing else in the repository mentions them: what tests
 * find to work for them works for any declared resource.
 */

const beaconKind = oneOf('BeaconKind', 'kind', 'What a beacon is for.', {
  road: 'Beside a road.',
  'sea-mark': 'On the water.',
});

const beaconCollection: CollectionDeclaration = {
  path: '/v1/Beacons',
  envelopeKey: 'beacons',
  filters: { Kind: 'kind', Sim: 'sim_sid' },
};

/** Has a list of its own, belongs to a SIM, and can be fetched by SID. */
export const Beacon = defineResource({
  name: 'Beacon',
  noun: 'a beacon',
  description: 'A beacon of a test.',
  idDescription: 'Globally unique identifier.',
  single: {
    field: 'beacon',
    description: 'A beacon by its SID.',
    sidPattern: /^BC[0-9a-f]{32}$/,
    sidFormat: '`BC` followed by 32 hexadecimal digits',
    collection: beaconCollection,
    listAbove: 10,
  },
  identity: [],
  fields: {
    sid: { codec: id, wire: 'sid', description: 'SID of the beacon.' },
    simSid: { codec: id, wire: 'sim_sid', description: 'SID of the SIM in it.' },
    kind: { codec: beaconKind, wire: 'kind', description: 'What it is for.' },
    note: { codec: text, wire: ['note', 'remark'], description: 'Free text.' },
    level: { codec: count, wire: 'battery.level', description: 'Charge of its battery.' },
    heardAt: { codec: instant, wire: 'heard_at', description: 'When it was last heard.' },
    position: { codec: text, wire: 'position', scope: LOCATION, description: 'Where it is.' },
  },
  derived: {
    silent: {
      type: 'Boolean',
      description: 'Whether it has never been heard.',
      from: ['heardAt'],
      compute: (heardAt: string | null) => heardAt === null,
    },
  },
});

/** Can be listed only, and may lack a SID. */
const Reading = defineResource({
  name: 'Reading',
  noun: 'a reading',
  description: 'A reading of a beacon.',
  idDescription: 'Stable identifier.',
  single: null,
  identity: ['at', 'level'],
  fields: {
    sid: { codec: id, wire: 'sid', description: 'SID of the reading.' },
    at: { codec: text, wire: 'at', description: 'When it was taken.' },
    level: { codec: text, wire: 'level', description: 'What was read.' },
  },
});

const descriptions = {
  description: 'A list of a test.',
  connectionDescription: 'A window of the list.',
  edgeDescription: 'A record in the list.',
  cacheBytes: 1024 * 1024,
};

/** A list of `Query` with an argument that the upstream evaluates. */
const beacons = defineList({
  parent: null,
  field: 'beacons',
  resource: Beacon,
  collection: beaconCollection,
  arguments: { kind: { type: beaconKind, filter: 'Kind', description: 'Only beacons of this kind.' } },
  noun: 'the beacons',
  pageBudget: 7,
  ...descriptions,
});

/** A list of a SIM that the upstream selects by a filter. */
const simBeacons = defineList({
  parent: Sim,
  field: 'beacons',
  resource: Beacon,
  collection: beaconCollection,
  parentFilter: 'Sim',
  noun: "this SIM's beacons",
  pageBudget: 9,
  ...descriptions,
});

/** A list of a beacon that has a path of its own. */
const beaconReadings = defineList({
  parent: Beacon,
  field: 'readings',
  resource: Reading,
  collection: { path: '/v1/Beacons/{parent}/Readings', envelopeKey: 'readings' },
  noun: "this beacon's readings",
  pageBudget: 3,
  ...descriptions,
});

/** The resources of the gateway, and those of the tests. */
export const testCatalog: Catalog = {
  resources: [...catalog.resources, Beacon, Reading],
  lists: [...catalog.lists, beacons, simBeacons, beaconReadings],
  relations: catalog.relations,
  constants: catalog.constants,
};
