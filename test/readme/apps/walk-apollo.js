/** Reads a list to its end, or to its start, by `fetchMore`; gives the number of edges after each page. */
export async function walk(client, query, sid, backwards = false) {
  const variables = backwards ? { sid, last: 50 } : { sid, first: 50 };
  await client.query({ query, variables });
  const watched = client.watchQuery({ query, variables });
  const subscription = watched.subscribe(() => undefined);
  const edges = () => client.readQuery({ query, variables }).sim.dataSessions.edges;
  const counts = [edges().length];
  for (;;) {
    const { pageInfo } = client.readQuery({ query, variables }).sim.dataSessions;
    if (!(backwards ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) break;
    const more = backwards ? { last: 50, before: pageInfo.startCursor } : { after: pageInfo.endCursor };
    await watched.fetchMore({ variables: more });
    // A cache that loses data never gets to the end.
    if (edges().length <= counts.at(-1)) break;
    counts.push(edges().length);
  }
  subscription.unsubscribe();
  return { counts, sids: edges().map(({ node }) => node.sid) };
}
