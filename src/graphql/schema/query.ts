import { UPSTREAM_REQUEST_COST } from '../cost/weights.js';
import { builder } from './builder.js';
import { Sim } from './sim.js';
import { loadSim } from './sim-node.js';

builder.queryType({
  description:
    'SIM cards and their data sessions, as the wireless REST API has them. Needs the scope `wireless:read`.',
  fields: (t) => ({
    sim: t.field({
      type: Sim,
      nullable: true,
      cost: UPSTREAM_REQUEST_COST,
      description: 'A SIM by its SID. Null when the upstream knows none with that SID.',
      args: {
        sid: t.arg.id({ required: true, description: "The upstream's SID: `DE` and 32 hexadecimal digits." }),
      },
      resolve: (_root, { sid }, context, info) => loadSim(sid, context, info),
    }),
  }),
});
