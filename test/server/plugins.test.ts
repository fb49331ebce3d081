import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { startGateway } from '../../src/app.js';
import type { PipelinePlugin } from '../../src/graphql/plugins/pipeline-plugin.js';
import { startSandbox } from '../../src/sandbox/index.js';
import { configFor } from '../support/gateway.js';

/** More executions than it takes for an operation to be compiled. */
const EXECUTIONS = 8;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Runs one operation several times through a gateway with a plugin that counts the executions it sees. */
async function executionsSeen(onFastPath: string | null): Promise<{ seen: number; log: string[] }> {
  let seen = 0;
  const counter: PipelinePlugin = {
    plugin: {
      onExecute() {
        seen += 1;
      },
    },
    onFastPath,
  };
  const log: string[] = [];
  const sandbox = await startSandbox({ sims: 1 });
  closers.push(() => sandbox.close());
  const logger = pino({ level: 'warn' }, { write: (line: string) => void log.push(line) });
  const gateway = await startGateway(configFor(sandbox, {}, { FAST_PATH: 'on' }), logger, {
    plugins: [counter],
  });
  closers.push(() => gateway.close());
  const body = JSON.stringify({ query: `{ sim(sid: "${sandbox.simSids[0]}") { status } }` });
  for (let run = 0; run < EXECUTIONS; run += 1) {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body });
    expect(await response.json()).toMatchObject({ data: { sim: { status: expect.any(String) } } });
  }
  return { seen, log };
}

describe('an additional Yoga plugin', () => {
  it('takes part in every request if it does not say why it need not: the fast path is off', async () => {
    const { seen, log } = await executionsSeen(null);
    expect(seen).toBe(EXECUTIONS);
    expect(log.join()).toContain('fast path disabled');
  });

  it('takes part in the requests that Yoga handles if it says why that is enough', async () => {
    const { seen, log } = await executionsSeen('it only counts what Yoga executes');
    expect(seen).toBeLessThan(EXECUTIONS);
    expect(log).toEqual([]);
  });
});
