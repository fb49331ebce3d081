import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run, startProcess } from '../support/process.js';
import { freePort, hasRedis, startRedis } from '../support/redis.js';

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

const TWILIO = { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 'auth-token' };

describe('a gateway whose address cannot be listened on', () => {
  let other: Server;
  let taken: string;

  beforeEach(async () => {
    other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    taken = String(typeof address === 'object' ? address?.port : address);
  });
  afterEach(() => void other.close());

  /** It ended by itself, after one line on standard error that names the variable. */
  async function expectRefusal(env: Record<string, string>, variable: string): Promise<void> {
    const gateway = run(env);
    expect(await gateway.exit).toBe(1);
    expect(gateway.errors()).toMatch(new RegExp(`^${variable}: expected [^\n]+\n$`));
    expect(gateway.lines.filter((line) => line.includes('listening'))).toEqual([]);
  }

  it.each<[string, Record<string, string>]>([
    ['a sandbox', {}],
    ['a real upstream', TWILIO],
    [
      'keys of an issuer',
      { GATEWAY_AUTH: 'jwt', JWT_JWKS_URL: 'https://127.0.0.1:1/', JWT_ISSUER: 'a', JWT_AUDIENCE: 'b' },
    ],
  ])('ends with 1 and names PORT when the port is taken, with %s', async (_, env) => {
    await expectRefusal({ ...env, PORT: taken }, 'PORT');
  });

  it.skipIf(!hasRedis)('ends with 1 and names PORT when the port is taken, with Redis', async () => {
    const redis = await startRedis();
    await expectRefusal({ PORT: taken, RATE_LIMIT: '5', REDIS_URL: redis.url }, 'PORT');
    await redis.close();
  });

  it('ends with 1 and names PORT when the port is taken, with a Redis that accepts and says nothing', async () => {
    await expectRefusal({ PORT: taken, RATE_LIMIT: '5', REDIS_URL: `redis://127.0.0.1:${taken}` }, 'PORT');
  });

  it('ends with 1 and names PORT when the port is taken, with a Redis that is not there', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    await expectRefusal({ PORT: taken, RATE_LIMIT: '5', REDIS_URL: url }, 'PORT');
  });

  it.each([
    'no-such-host.invalid',
    '192.0.2.1',
    'fe80::1',
    '[127.0.0.1]',
    '127.0.0.1:4000',
    'http://127.0.0.1',
    '[::1',
  ])('ends with 1 and names HOST when that is no address of this machine: %s', async (HOST) => {
    await expectRefusal({ HOST, PORT: await freePort().then(String) }, 'HOST(, PORT)?');
  });
});

describe('a gateway with a Redis that accepts and says nothing', () => {
  it('starts, and limits by itself', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : address;
    const gateway = await startProcess({ RATE_LIMIT: '5', REDIS_URL: `redis://127.0.0.1:${port}` });
    expect((await fetch(`${gateway.url}/ready`)).status).toBe(200);
    gateway.signal('SIGTERM');
    expect(await gateway.exit).toBe(0);
    silent.close();
  });
});

describe('HOST', () => {
  it.each(['::1', '[::1]', 'localhost', ' 127.0.0.1\n'])('may be written as %j', async (HOST) => {
    const gateway = await startProcess({ HOST });
    const { url } = JSON.parse(gateway.lines.find((line) => line.includes('"listening"')) ?? '');
    expect((await fetch(`${url}/health`)).status).toBe(200);
    gateway.signal('SIGTERM');
    expect(await gateway.exit).toBe(0);
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
