/** An operation that explains itself, to be run as it stands. */
export interface Example {
  readonly query: string;
  /** JSON. */
  readonly variables?: string;
}

/** Stands where somebody's own SID belongs. */
const PLACEHOLDER_SID = `DE${'0'.repeat(32)}`;

/** A first query: one SIM, and the first window of its data sessions. */
export function exampleQuery(sid: string | null): string {
  return `query FirstSessions {
  sim(sid: "${sid ?? PLACEHOLDER_SID}") {
    sid
    status
    dataSessions(first: 3) {
      edges {
        cursor
        node {
          start
          end
          operatorName
          packetsDownloaded
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
`;
}

/**
 * What GraphiQL opens with, one tab each, from the plainest on.
 *
 * @param sids - SIMs that the queries can be run with; where there are none, they are left to be filled in
 */
export function examples(sids: readonly string[]): Example[] {
  const [sid = PLACEHOLDER_SID, ...others] = sids;
  return [
    { query: oneSim(sid) },
    nextPage(sid),
    { query: severalSims([sid, ...others]) },
    { query: fragment(sid) },
    { query: anError(sid) },
  ];
}

function oneSim(sid: string): string {
  return `# One SIM, and the first three of its data sessions.
# Run it with Ctrl-Enter. The book at the top left
# describes every type and field.
${exampleQuery(sid)}`;
}

function nextPage(sid: string): Example {
  return {
    query: `# Page by page: run this, copy \`endCursor\` from the
# answer into the variable \`after\` below, and run it
# again, for as long as \`hasNextPage\` is true.
# Backwards it is \`last\`, \`before\` and \`startCursor\`.
query NextPage($sid: ID!, $first: Int, $after: String) {
  sim(sid: $sid) {
    dataSessions(first: $first, after: $after) {
      edges {
        node {
          id
          start
          end
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
`,
    variables: `${JSON.stringify({ sid, first: 5, after: null }, null, 2)}\n`,
  };
}

function severalSims(sids: readonly string[]): string {
  const aliases = [...sids, PLACEHOLDER_SID].map(
    (sid, index) => `  sim${index + 1}: sim(sid: "${sid}") {
    friendlyName
    status
    dataSessions(first: 1) {
      edges {
        node {
          active
          start
          radioLink
        }
      }
    }
  }`,
  );
  return `# Several SIMs in one operation, each under a name of
# its own, asked for side by side. The last one does
# not exist: it is null, and that is no error.
# At the end of the answer, \`extensions.upstream\` says
# how many requests the upstream has had.
query SeveralSims {
${aliases.join('\n')}
}
`;
}

function fragment(sid: string): string {
  return `# A fragment says once what is wanted of a session:
# here of the newest two, and of the oldest two.
query Fragment {
  sim(sid: "${sid}") {
    newest: dataSessions(first: 2) {
      edges {
        node {
          ...Session
        }
      }
    }
    oldest: dataSessions(last: 2) {
      edges {
        node {
          ...Session
        }
      }
    }
  }
}

fragment Session on DataSession {
  start
  durationSeconds
  operatorName
  operatorCountry
  packetsUploaded
  packetsDownloaded
}
`;
}

function anError(sid: string): string {
  return `# What goes wrong has a place in the answer and a code:
# see \`path\` and \`extensions.code\` under \`errors\`.
# Only that field is null; the rest is answered.
query AnError {
  sim(sid: "${sid}") {
    friendlyName
    dataSessions(first: 3, after: "not a cursor") {
      edges {
        node {
          start
        }
      }
    }
  }
}
`;
}
