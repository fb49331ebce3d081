/** Reads a list to its end, the next page by its cursor among the variables; gives the number of edges after each page. */
export async function walk(client, query, sid) {
  const first = { sid, first: 50 };
  const joined = () => client.readQuery(query, first)?.data.sim.dataSessions.edges ?? [];
  const counts = [];
  let variables = first;
  while (variables !== null) {
    const { data, error } = await client.query(query, variables).toPromise();
    if (error) throw error;
    counts.push(joined().length);
    const pageInfo = data?.sim?.dataSessions?.pageInfo;
    variables = pageInfo?.hasNextPage ? { ...first, after: pageInfo.endCursor } : null;
  }
  return { counts, sids: joined().map(({ node }) => node.sid) };
}
