import { createOperationDescriptor, fetchQuery, getSingularSelector } from 'relay-runtime';
import list from '../__generated__/sessionList_sim.graphql';
import nextPage from '../__generated__/sessionListNextPageQuery.graphql';
import query from '../__generated__/sessionListQuery.graphql';

/** Reads a list to its end as `usePaginationFragment` does; gives the number of edges after each page. */
export async function walk(environment, sid) {
  const variables = { sid, count: 50 };
  await fetchQuery(environment, query, variables).toPromise();
  const operation = createOperationDescriptor(query, variables);
  environment.retain(operation);
  const read = () => {
    const { sim } = environment.lookup(operation.fragment).data;
    return environment.lookup(getSingularSelector(list, sim)).data;
  };
  let sim = read();
  const counts = [sim.dataSessions.edges.length];
  while (sim.dataSessions.pageInfo.hasNextPage) {
    const cursor = sim.dataSessions.pageInfo.endCursor;
    await fetchQuery(environment, nextPage, { id: sim.id, count: 50, cursor }).toPromise();
    sim = read();
    counts.push(sim.dataSessions.edges.length);
  }
  return { counts, sids: sim.dataSessions.edges.map(({ node }) => node.sid) };
}
