/** One request in so many goes wrong. */
const ONE_IN = 20;

/** What goes wrong, each as often as any other. */
const KINDS = [
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 429 },
  { kind: 'reset' },
  { kind: 'truncate', what: 'connection' },
  { kind: 'truncate', what: 'json' },
  { kind: 'html' },
  { kind: 'latency', ms: 200 },
  { kind: 'hang' },
];

/**
 * Makes a twentieth of the upstream's answers fail from now on.
 *
 * @param {import('../../src/sandbox/index.js').Sandbox} sandbox
 */
export function switchFaultsOn(sandbox) {
  for (const fault of KINDS) {
    const isMet = () => Math.random() < 1 / (ONE_IN * KINDS.length);
    sandbox.faults.add({ ...fault, path: '', query: isMet });
  }
}
