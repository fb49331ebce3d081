import type { Example } from './example.js';

const DAY_MS = 86_400_000;

/** SIMs, and what is known of each. */
export const fleet: Example = {
  query: `# A list of SIMs, each with its rate plan, whether it is
# online, and its latest session. The SIMs are one request,
# the rate plans another one, and the sessions one for each
# SIM: see \`extensions.upstream\` in the response.
query Fleet {
  sims(first: 5, status: ACTIVE) {
    nodes {
      sid
      friendlyName
      ratePlan {
        friendlyName
      }
      connectivity {
        state
        since
      }
      dataSessions(first: 1) {
        nodes {
          start
          operatorName
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
  simsCount(status: ACTIVE) {
    count
    precision
  }
}
`,
};

/** @param now - milliseconds since 1970 */
export function usageByDay(sid: string, now: number): Example {
  const midnight = Math.floor(now / DAY_MS) * DAY_MS;
  const day = (days: number) => new Date(midnight + days * DAY_MS).toISOString();
  return {
    query: `# What a SIM used on each of the last days (UTC), and in
# all of them. \`settled\` says whether that is final:
# the upstream changes usage for 48 hours.
query UsageByDay($sid: ID!, $start: DateTime!, $end: DateTime!) {
  sim(sid: $sid) {
    usage(start: $start, end: $end) {
      data {
        total
        billed
        billingUnits
      }
      settled
    }
    usageRecords(first: 31, start: $start, end: $end, granularity: DAILY) {
      nodes {
        period {
          start
        }
        data {
          upload
          download
          total
          units
        }
        settled
      }
    }
  }
  limits {
    usageRecords {
      retentionMonths
    }
  }
}
`,
    variables: `${JSON.stringify({ sid, start: day(-13), end: day(1) }, null, 2)}\n`,
  };
}

/** Sessions in groups. */
export function sessionsByCountry(sid: string): Example {
  return {
    query: `# The sessions of a SIM by country and day. Days are those
# of a time zone. The groups and the count read the list
# once: see \`extensions.upstream\` in the response.
query SessionsByCountry($sid: ID!, $timeZone: String!) {
  sim(sid: $sid) {
    dataSessionsCount {
      count
      precision
    }
    dataSessionGroups(by: [COUNTRY, DAY], timeZone: $timeZone) {
      groups {
        dimensions {
          operatorCountry
          day
        }
        count
        packetsDownloaded
        durationSeconds
      }
      precision
      asOf
    }
  }
}
`,
    variables: `${JSON.stringify({ sid, timeZone: 'Europe/Berlin' }, null, 2)}\n`,
  };
}

/** Sessions that match a filter. */
export function filteredSessions(sid: string): Example {
  return {
    query: `# Sessions that match a filter. The gateway reads the list
# in pages of 1,000 and returns what matches; cursors go on
# from there, and are for the same filter alone.
query FilteredSessions($sid: ID!, $filter: DataSessionFilter, $after: String) {
  sim(sid: $sid) {
    dataSessions(first: 5, filter: $filter, after: $after) {
      nodes {
        start
        end
        radioLink
        operatorName
        packetsDownloaded
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
`,
    variables: `${JSON.stringify({ sid, filter: { radioLink: ['LTE'], hasTraffic: true }, after: null }, null, 2)}\n`,
  };
}
