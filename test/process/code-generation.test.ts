import { expect, it } from 'vitest';
import { startProcess } from '../support/process.js';

it('the gateway disables the fast path and logs it when Node forbids code generation from strings', async () => {
  const gateway = await startProcess({}, undefined, ['--disallow-code-generation-from-strings']);
  const sid = 'DEae912142cedfa9c089a2292debff34a3';
  const query = `{ sim(sid: "${sid}") { status dataSessions(first: 40) { edges { cursor node { sid start } } } } }`;
  try {
    // More executions than the compile threshold.
    for (let run = 0; run < 6; run += 1) {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      const { data, errors } = (await response.json()) as { data: never; errors?: unknown };
      expect(errors).toBeUndefined();
      expect(data).toMatchObject({ sim: { status: 'ACTIVE', dataSessions: { edges: { length: 40 } } } });
    }
    expect(await gateway.line('fast path disabled')).toContain('"level":"warn"');
  } finally {
    gateway.signal('SIGTERM');
    expect(await gateway.exit).toBe(0);
  }
});
