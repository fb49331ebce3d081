import type { DemoSims, Example } from './example.js';
import { filteredSessions, fleet, sessionsByCountry, usageByDay } from './fleet-examples.js';
import { live } from './live-example.js';

/** Placeholder for the SID of a SIM. */
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
 * Returns the initial tabs of GraphiQL, simple operations first.
 *
 * @param sims - for the operations; without any, they have a placeholder
 * @param cursor - `endCursor` of the first window of the first SIM's sessions; `null`: the pagination example starts
 *   with that window
 * @param now - milliseconds since 1970: the last days of usage
 */
export function examples({ sids, liveSid }: DemoSims, cursor: string | null, now: number): Example[] {
  const [sid = PLACEHOLDER_SID, ...others] = sids;
  return [
    { query: oneSim(sid) },
    nextPage(sid, cursor),
    ...(liveSid === null ? [] : [live(liveSid)]),
    fleet,
    filteredSessions(sid),
    sessionsByCountry(sid),
    usageByDay(sid, now),
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

/** Pagination example. */
export const NEXT_PAGE = {
  query: `# Pagination: the sessions after the cursor in the
# variable \`after\` below; without it, the first page.
# For the next page copy \`endCursor\` from the response
# to \`after\`, while \`hasNextPage\` is true.
# Backward: \`last\`, \`before\` and \`startCursor\`.
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
  variables: { first: 5 },
} as const;

function nextPage(sid: string, after: string | null): Example {
  const { query, variables } = NEXT_PAGE;
  return { query, variables: `${JSON.stringify({ sid, ...variables, after }, null, 2)}\n` };
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
  return `# Several SIMs in one operation, each with an alias.
# They are requested in parallel. The last one does
# not exist: it is null, which is not an error.
# \`extensions.upstream\` at the end of the response
# has the number of upstream requests.
query SeveralSims {
${aliases.join('\n')}
}
`;
}

function fragment(sid: string): string {
  return `# A fragment selects the same fields of a session
# twice: of the newest two and of the oldest two.
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
  return `# An error has the path of its field and a code:
# see \`path\` and \`extensions.code\` in \`errors\`.
# Only that field is null; the others have data.
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
