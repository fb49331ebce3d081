import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.mjs';
import { run, startProcess } from '../support/process.js';
import { hasRedis, startRedis } from '../support/redis.js';

describe('a gateway that cannot start', () => {
  it.each([
    { PORT: 'http' },
    { GATEWAY_AUTH: 'token' },
    { GATEWAY_AUTH: 'token', GATEWAY_TOKENS: 'dashboard:a-token-in-clear:wireless:read' },
    { JWT_ISSUER: 'https://issuer.test/' },
  ])('names the invalid variable in one line and exits with 1: %o', async (env) => {
    const gateway = run(env);
    expect(await gateway.exit).toBe(1);
    expect(gateway.lines).toEqual([]);
    expect(gateway.errors()).toMatch(/^[A-Z_]+: [^\n]+\n$/);
    expect(gateway.errors()).not.toContain('a-token-in-clear');
  });
});

describe('a gateway with misspelt variables', () => {
  it('starts, and names them in one warning without their values', async () => {
    const gateway = await startProcess({
      CACHE_TTL: 'a-value',
      TWILIO_TOKEN: 'another-value',
      LOG_FILE: 'b',
    });
    gateway.signal('SIGTERM');
    expect(await gateway.exit).toBe(0);
    const warnings = gateway.lines.filter((line) => line.includes('no effect'));
    expect(warnings.map((line) => JSON.parse(line))).toMatchObject([
      {
        level: 'warn',
        variables: [
          { name: 'CACHE_TTL', nearest: 'CACHE_TTL_MS' },
          { name: 'TWILIO_TOKEN', nearest: 'TWILIO_AUTH_TOKEN' },
          { name: 'LOG_FILE', nearest: expect.any(String) },
        ],
      },
    ]);
    expect(gateway.lines.join()).not.toMatch(/a-value|another-value/);
  });

  it('starts without a warning when nothing is misspelt', async () => {
    const gateway = await startProcess({ REDIS_PORT: 'tcp://10.0.0.1:6379', CACHE_TTL_MS: '5' });
    gateway.signal('SIGTERM');
    expect(await gateway.exit).toBe(0);
    expect(gateway.lines.filter((line) => line.includes('no effect'))).toEqual([]);
  });
});

const TWILIO = { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 'auth-token' };

describe('a gateway that cannot listen on its address', () => {
  let other: Server;
  let taken: string;

  beforeEach(async () => {
    other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    taken = String(typeof address === 'object' ? address?.port : address);
  });
  afterEach(() => void other.close());

  /** Expects that the process exits after one line on standard error that names the variable. */
  async function expectStartError(env: Record<string, string>, variable: string): Promise<void> {
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
  ])('exits with 1 and names PORT when the port is in use, with %s', async (_, env) => {
    await expectStartError({ ...env, PORT: taken }, 'PORT');
  });

  it('exits with 1 and names INTERNAL_PORT when that port is in use', async () => {
    await expectStartError({ PORT: await freePort().then(String), INTERNAL_PORT: taken }, 'INTERNAL_PORT');
  });

  it('exits with 1 and names INTERNAL_HOST when it is not an address of this machine', async () => {
    const ports = { PORT: String(await freePort()), INTERNAL_PORT: String(await freePort()) };
    await expectStartError({ ...ports, INTERNAL_HOST: '192.0.2.1' }, 'INTERNAL_HOST');
  });

  it.skipIf(!hasRedis)('ends with 1 and names PORT when the port is taken, with Redis', async () => {
    const redis = await startRedis();
    await expectStartError({ PORT: taken, RATE_LIMIT: '5', REDIS_URL: redis.url }, 'PORT');
    await redis.close();
  });

  it('exits with 1 and names PORT when the port is in use, with a Redis that does not respond', async () => {
    await expectStartError({ PORT: taken, RATE_LIMIT: '5', REDIS_URL: `redis://127.0.0.1:${taken}` }, 'PORT');
  });

  it('exits with 1 and names PORT when the port is in use, with an unavailable Redis', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    await expectStartError({ PORT: taken, RATE_LIMIT: '5', REDIS_URL: url }, 'PORT');
  });

  it.each([
    'no-such-host.invalid',
    '192.0.2.1',
    'fe80::1',
    '[127.0.0.1]',
    '127.0.0.1:4000',
    'http://127.0.0.1',
    '[::1',
  ])('exits with 1 and names HOST when it is not an address of this machine: %s', async (HOST) => {
    await expectStartError({ HOST, PORT: await freePort().then(String) }, 'HOST(, PORT)?');
  });
});

describe('a gateway with a Redis that does not respond', () => {
  it('starts and counts operations locally', async () => {
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
  it.each(['::1', '[::1]', 'localhost', ' 127.0.0.1\n'])('may be %j', async (HOST) => {
    const gateway = await startProcess({ HOST });
    const { url } = JSON.parse(gateway.lines.find((line) => line.includes('"listening"')) ?? '');
    expect((await fetch(`${url}/health`)).status).toBe(200);
    gateway.signal('SIGTERM');
    expect(await gateway.exit).toBe(0);
  });
});

describe('an uncaught error', () => {
  const SECRET = 'what-the-message-says';

  it.each([
    ['uncaughtException', 'TypeError', `setImmediate(() => { throw new TypeError('${SECRET}'); })`],
    ['unhandledRejection', 'RangeError', `Promise.reject(new RangeError('${SECRET}'))`],
  ])(
    'exits with 1 after one line with its name and the places in the code, and no message: %s',
    async (event, name, fault) => {
      const gateway = await startProcess({}, `process.on('SIGUSR2', () => { ${fault}; });`);
      gateway.signal('SIGUSR2');
      expect(await gateway.exit).toBe(1);
      const fatal = gateway.lines.filter((line) => line.includes(event));
      expect(fatal).toHaveLength(1);
      expect(JSON.parse(fatal[0] ?? '')).toMatchObject({
        level: 'fatal',
        error: name,
        frames: expect.arrayContaining(['unknown']),
      });
      expect(gateway.lines.join() + gateway.errors()).not.toContain(SECRET);
      expect(gateway.errors()).toBe('');
    },
  );
});
