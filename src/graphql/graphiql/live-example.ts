import type { Example } from './example.js';

/** A subscription to the sessions of a SIM. */
export function live(sid: string): Example {
  return {
    query: `# The sessions of a SIM as they change. Press play
# and watch for a minute. Each event replaces the
# one before: a SNAPSHOT, then UPDATED with packets
# and \`cellId\` every few seconds, ENDED with \`end\`,
# and STARTED each minute. Press stop to end it.
subscription Live {
  dataSessionEvents(simSid: "${sid}") {
    kind
    asOf
    edge {
      node {
        start
        end
        packetsUploaded
        packetsDownloaded
        cellId
      }
    }
  }
}
`,
  };
}
