import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UpstreamSettings } from '../../src/upstream/settings.js';
import { rejection, SIM, scopeFor, sessionsPath, settingsFor, wirePage, wireSim } from './fixtures.js';
import { ManualClock } from './manual-clock.js';
import { StubServer } from './stub-server.js';
import { connectWireless, type WirelessUpstream } from './wireless.js';

const MEGABYTE = 1024 * 1024;

let server: StubServer;
let clock: ManualClock;
let upstream: WirelessUpstream;

beforeEach(async () => {
  server = await StubServer.start();
  clock = new ManualClock();
  connect();
});

afterEach(async () => {
  await upstream.close();
  await server.stop();
});

function connect(changes: Partial<UpstreamSettings> = {}): void {
  upstream = connectWireless(settingsFor(server.url, changes), clock);
}

function answerWith(body: Buffer, coding: string | string[], status = 200): void {
  server.answer = ({ response }) => {
    response.setHeader('content-encoding', coding);
    response.setHeader('twilio-request-id', 'RQ1');
    response.writeHead(status).end(body);
  };
}

const ask = () => upstream.sim(SIM, scopeFor(clock));
const json = (members: object = {}) => Buffer.from(JSON.stringify(wireSim(SIM, members)));

describe('UPSTREAM_COMPRESSION', () => {
  it.each([
    [true, 'gzip'],
    [false, 'identity'],
  ])('sets Accept-Encoding: %s', async (compression, header) => {
    await upstream.close();
    connect({ compression });
    answerWith(gzipSync(json()), 'gzip');
    expect(await ask()).toMatchObject({ sid: SIM });
    expect(server.received[0]?.headers['accept-encoding']).toBe(header);
  });
});

describe('an encoded response', () => {
  it.each<[coding: string | string[], encode: (body: Buffer) => Buffer]>([
    ['gzip', gzipSync],
    ['GZIP', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['identity', (body) => body],
    ['', (body) => body],
    ['identity, gzip', gzipSync],
    ['br, gzip', (body) => gzipSync(brotliCompressSync(body))],
    [['br', 'gzip'], (body) => gzipSync(brotliCompressSync(body))],
    ['gzip,gzip', (body) => gzipSync(gzipSync(body))],
  ])('is decoded: %j', async (coding, encode) => {
    answerWith(encode(json()), coding);
    expect(await ask()).toMatchObject({ sid: SIM });
  });

  it.each([1, 1_000, 100_000, 200_000, 2 * MEGABYTE])(
    'is decoded with a member of %i bytes',
    async (size) => {
      const friendlyName = 'a'.repeat(size);
      answerWith(gzipSync(json({ friendly_name: friendlyName })), 'gzip');
      expect((await ask())?.friendlyName).toBe(friendlyName);
    },
  );

  it('is decoded to the original, whatever its size and content', async () => {
    const text = fc
      .tuple(fc.string(), fc.nat({ max: 40_000 }))
      .map(([part, times]) => `n${part.repeat(times)}`);
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom('gzip', 'deflate', 'br'), async (name, coding) => {
        const body = json({ friendly_name: name });
        const encode = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync }[coding];
        answerWith(encode?.(body) ?? body, coding);
        expect((await ask())?.friendlyName).toBe(name);
      }),
      { numRuns: 30 },
    );
  });

  it('of a list of sessions is decoded', async () => {
    const page = wirePage([{ sid: 'WN1', sim_sid: SIM }], {
      url: `${server.url}${sessionsPath(SIM)}?PageSize=50`,
    });
    answerWith(gzipSync(Buffer.from(JSON.stringify(page))), 'gzip');
    const ref = { size: 50, page: null, token: null };
    const sessions = await upstream.dataSessions(SIM, ref, scopeFor(clock));
    expect(sessions?.records[0]?.sid).toBe('WN1');
  });

  it.each<[string, Buffer, string]>([
    ['malformed', Buffer.from('no gzip at all'), 'gzip'],
    ['not encoded in spite of its header', json(), 'gzip'],
    ['truncated', gzipSync(json()).subarray(0, 40), 'gzip'],
    ['truncated brotli', brotliCompressSync(json()).subarray(0, 40), 'br'],
    ['larger than the limit when decoded', gzipSync(Buffer.alloc(17 * MEGABYTE, 32)), 'gzip'],
    [
      'small, but larger than the limit when decoded twice',
      gzipSync(gzipSync(Buffer.alloc(17 * MEGABYTE))),
      'gzip, gzip',
    ],
    ['in an unknown coding', json(), 'zstd'],
    ['in three codings', gzipSync(gzipSync(gzipSync(json()))), 'gzip, gzip, gzip'],
  ])('that is %s is a bad response, and the next response is decoded', async (_what, body, coding) => {
    answerWith(body, coding);
    const error = await rejection(ask());
    expect(error).toMatchObject({
      code: 'UPSTREAM_BAD_RESPONSE',
      facts: { status: 200, requestId: 'RQ1' },
    });
    expect((error as Error).message).toMatch(/^The upstream response cannot be decoded: /);
    answerWith(json(), 'identity');
    expect(await ask()).toMatchObject({ sid: SIM });
  });

  it('without a body is not decoded', async () => {
    answerWith(Buffer.alloc(0), 'gzip', 404);
    expect(await ask()).toBeNull();
  });

  it('with an error status has the error code of its body', async () => {
    answerWith(gzipSync(Buffer.from('{"code":20001,"message":"no"}')), 'gzip', 400);
    expect(await rejection(ask())).toMatchObject({ facts: { status: 400, code: 20001 } });
  });

  it.each([
    [500, 'UPSTREAM_UNAVAILABLE'],
    [403, 'UPSTREAM_UNAUTHORIZED'],
    [404, 'UPSTREAM_BAD_RESPONSE'],
  ])('with an error status that cannot be decoded is classified by its status (%i)', async (status, code) => {
    answerWith(Buffer.from('no gzip at all'), 'gzip', status);
    expect(await rejection(ask())).toMatchObject({ code, facts: { status } });
  });
});

describe('a byte order mark before JSON', () => {
  const marked = (value: unknown) => Buffer.from(`\ufeff${JSON.stringify(value)}`);

  it('is ignored in a SIM, encoded or not', async () => {
    answerWith(marked(wireSim(SIM)), 'identity');
    expect(await ask()).toMatchObject({ sid: SIM });
    answerWith(gzipSync(marked(wireSim(SIM))), 'gzip');
    expect(await ask()).toMatchObject({ sid: SIM });
  });

  it('is ignored in a list of sessions, cached or not', async () => {
    await upstream.close();
    connect({ cacheTtlMs: 60_000 });
    answerWith(marked(wirePage([{ sid: 'WN1', sim_sid: SIM }])), 'identity');
    for (let times = 0; times < 3; times += 1) {
      const sessions = await upstream.dataSessions(
        SIM,
        { size: 50, page: null, token: null },
        scopeFor(clock),
      );
      expect(sessions?.records[0]?.sid).toBe('WN1');
    }
    expect(server.received).toHaveLength(1);
  });

  it('is ignored in a token response', async () => {
    await upstream.close();
    const auth = {
      kind: 'client-credentials',
      clientId: 'me',
      clientSecret: 'secret',
      tokenUrl: `${server.url}/token`,
    } as const;
    connect({ dialect: 'kore', auth });
    server.answer = ({ path, response }) =>
      response.end(path === '/token' ? marked({ access_token: 'token', expires_in: 3600 }) : json());
    expect(await ask()).toMatchObject({ sid: SIM });
  });

  it('is ignored in an error', async () => {
    answerWith(marked({ code: 20001 }), 'identity', 400);
    expect(await rejection(ask())).toMatchObject({ facts: { status: 400, code: 20001 } });
  });
});
