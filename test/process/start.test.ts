import { describe, expect, it } from 'vitest';
import { run, startProcess } from '../support/process.js';

describe('a gateway that cannot start', () => {
  it.each([
    { PORT: 'http' },
    { GATEWAY_AUTH: 'token' },
    { GATEWAY_AUTH: 'token', GATEWAY_TOKENS: 'dashboard:a-token-in-clear:wireless:read' },
    { JWT_ISSUER: 'https://issuer.test/' },
  ])('says in one line which variable is wrong, and ends with 1: %o', async (env) => {
    const gateway = run(env);
    expect(await gateway.exit).toBe(1);
    expect(gateway.lines).toEqual([]);
    expect(gateway.errors()).toMatch(/^[A-Z_]+: [^\n]+\n$/);
    expect(gateway.errors()).not.toContain('a-token-in-clear');
  });
});

describe('an error that nobody caught', () => {
  const SECRET = 'what-the-message-says';

  it.each([
    ['uncaughtException', 'TypeError', `setImmediate(() => { throw new TypeError('${SECRET}'); })`],
    ['unhandledRejection', 'RangeError', `Promise.reject(new RangeError('${SECRET}'))`],
  ])('ends the process with 1 and one line that has its name alone: %s', async (event, name, fault) => {
    const gateway = await startProcess({}, `process.on('SIGUSR2', () => { ${fault}; });`);
    gateway.signal('SIGUSR2');
    expect(await gateway.exit).toBe(1);
    const fatal = gateway.lines.filter((line) => line.includes(event));
    expect(fatal).toHaveLength(1);
    expect(JSON.parse(fatal[0] ?? '')).toMatchObject({ level: 60, error: name });
    expect(gateway.lines.join() + gateway.errors()).not.toContain(SECRET);
    expect(gateway.errors()).toBe('');
  });
});
