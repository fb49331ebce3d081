import { createOperationDescriptor, fetchQuery, getSingularSelector } from 'relay-runtime';
import list from '../__generated__/sessionList_sim.graphql';
import query from '../__generated__/sessionListQuery.graphql';

/** Reads a list and watches its SIM, until two sessions have been inserted and have ended. */
export async function watchList(environment, watch, simSid) {
  const variables = { sid: simSid, count: 50 };
  await fetchQuery(environment, query, variables).toPromise();
  const operation = createOperationDescriptor(query, variables);
  environment.retain(operation);
  const read = () => {
    const { sim } = environment.lookup(operation.fragment).data;
    return environment.lookup(getSingularSelector(list, sim)).data;
  };
  const nodes = () => read().dataSessions.edges.map(({ node }) => node);
  const before = new Set(nodes().map(({ sid }) => sid));
  const hasEnded = ({ id }) => environment.getStore().getSource().get(id).end != null;
  watch(read().id, simSid);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const inserted = nodes().filter(({ sid }) => !before.has(sid));
    if (inserted.filter(hasEnded).length < 2) continue;
    return {
      list: nodes().map(({ sid }) => sid),
      told: inserted.map((node) => [node.sid, hasEnded(node) ? ['STARTED', 'ENDED'] : ['STARTED']]),
    };
  }
}
