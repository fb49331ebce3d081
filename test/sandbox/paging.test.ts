import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO_SIM_SID, type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { get, getBody, nextOf, sessionsOf, sessionsPath, walk } from './client.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

function tokenOf(url: URL): string {
  const token = url.searchParams.get('PageToken');
  if (token === null) throw new Error('the URL has no token');
  return token;
}

async function refusal(target: string): Promise<unknown> {
  const response = await get(sandbox, target);
  const { code } = (await response.json()) as { code: number };
  return [response.status, code];
}

describe('pagination of the sandbox', () => {
  it('returns each session once, in order, for each SIM and any page size', async () => {
    for (const sid of sandbox.simSids) {
      const pages = await walk(sandbox, sessionsPath(sid, '?PageSize=97'));
      expect(sessionsOf(pages)).toEqual(sandbox.sessions(sid));
      expect(pages.map(({ meta }) => meta.page)).toEqual(pages.map((_, index) => index));
    }
  });

  it('has 50 records on a page by default', async () => {
    const { data_sessions, meta } = await getBody(sandbox, sessionsPath(DEMO_SIM_SID));
    expect(data_sessions).toHaveLength(50);
    expect(meta).toMatchObject({ page: 0, page_size: 50, key: 'data_sessions', previous_page_url: null });
  });

  it('ends a list of exactly two full pages with the second one', async () => {
    const pages = await walk(sandbox, sessionsPath(sandbox.cleanSimSid, '?PageSize=50'));
    expect(pages.map((page) => page.data_sessions.length)).toEqual([50, 50]);
  });

  it('clamps a page size above 1000', async () => {
    const pages = await walk(sandbox, sessionsPath(sandbox.simSids[7] ?? '', '?PageSize=5000'));
    expect(pages.map((page) => page.data_sessions.length)).toEqual([1000, 1000, 500]);
  });

  it.each(['0', '-1', 'ten', '1.5'])('rejects a page size of %s', async (size) => {
    expect(await refusal(sessionsPath(DEMO_SIM_SID, `?PageSize=${size}`))).toEqual([400, 20001]);
  });

  it('leads back from the last page to the first one, which has no token', async () => {
    const there = await walk(sandbox, sessionsPath(DEMO_SIM_SID, '?PageSize=100'));
    const back = [];
    for (let url = there.at(-1)?.meta.previous_page_url; url; url = back.at(-1)?.meta.previous_page_url) {
      back.push(await getBody(sandbox, url));
    }
    expect(back.map((page) => page.data_sessions)).toEqual(
      there
        .slice(0, -1)
        .reverse()
        .map((page) => page.data_sessions),
    );
    expect(there[1]?.meta.previous_page_url).toMatch(/\?PageSize=100&Page=0$/);
  });

  it('filters SIMs, with the filter in page URLs', async () => {
    const pages = await walk(sandbox, '/v1/Sims?Status=active&PageSize=4');
    const active = sandbox.sims.filter(({ status }) => status === 'active');
    expect(pages.flatMap((page) => page.sims)).toEqual(active);
    expect(pages.length).toBeGreaterThan(2);
    const [first] = sandbox.sims;
    const { sims } = await getBody(
      sandbox,
      `/v1/Sims?Iccid=${first?.iccid}&RatePlan=${first?.rate_plan_sid}`,
    );
    expect(sims).toEqual([first]);
  });
});

describe('a page token', () => {
  it('has a different alphabet for different SIMs, which URLs encode correctly', async () => {
    const tokens: string[] = [];
    for (const sid of sandbox.simSids) {
      const { meta } = await getBody(sandbox, sessionsPath(sid, '?PageSize=10'));
      if (meta.next_page_url !== null) tokens.push(tokenOf(new URL(meta.next_page_url)));
    }
    for (const shape of [/^PA[0-9a-f]{32}$/, /^PB\+\/.*==$/, /^é·Ж✓/, /^PT 1&%=\?#%2B /, /^\d{30,}$/]) {
      expect(tokens).toContainEqual(expect.stringMatching(shape));
    }
  });

  it('is rejected with another page size', async () => {
    const next = nextOf(await getBody(sandbox, sessionsPath(DEMO_SIM_SID, '?PageSize=10')));
    expect((await get(sandbox, next.href)).status).toBe(200);
    next.searchParams.set('PageSize', '11');
    expect(await refusal(next.href)).toEqual([400, 20001]);
    next.searchParams.delete('PageSize');
    expect(await refusal(next.href)).toEqual([400, 20001]);
  });

  it('is rejected for the list of another SIM, and with another filter', async () => {
    for (const sid of sandbox.simSids.slice(6)) {
      const next = nextOf(await getBody(sandbox, sessionsPath(DEMO_SIM_SID, '?PageSize=10')));
      next.pathname = sessionsPath(sid);
      expect(await refusal(next.href)).toEqual([400, 20001]);
    }
    const sims = nextOf(await getBody(sandbox, '/v1/Sims?Status=active&PageSize=4'));
    sims.searchParams.delete('Status');
    expect(await refusal(sims.href)).toEqual([400, 20001]);
  });

  it('is rejected if one character has changed, in each alphabet', async () => {
    for (const sid of sandbox.simSids) {
      const { meta } = await getBody(sandbox, sessionsPath(sid, '?PageSize=10'));
      if (meta.next_page_url === null) continue;
      const url = new URL(meta.next_page_url);
      const token = tokenOf(url);
      url.searchParams.set(
        'PageToken',
        token.slice(0, -4) + (token.at(-4) === '7' ? '8' : '7') + token.slice(-3),
      );
      expect(await refusal(url.href)).toEqual([400, 20001]);
    }
  });

  it('is required for each page except the first one', async () => {
    const response = await get(sandbox, sessionsPath(DEMO_SIM_SID, '?Page=1'));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 20001, message: 'PageToken is required for paging' });
  });

  it('is valid in another sandbox with the same seed, and invalid with another seed', async () => {
    const { pathname, search } = nextOf(await getBody(sandbox, sessionsPath(DEMO_SIM_SID)));
    const twin = await startSandbox();
    const other = await startSandbox({ seed: 2 });
    try {
      expect(await getBody(twin, pathname + search)).toMatchObject({
        data_sessions: sandbox.sessions(DEMO_SIM_SID).slice(50, 100),
      });
      expect((await get(other, pathname + search)).status).toBe(400);
    } finally {
      await Promise.all([twin.close(), other.close()]);
    }
  });

  it('is rejected after tokens have expired, while new ones are valid', async () => {
    const old = nextOf(await getBody(sandbox, sessionsPath(DEMO_SIM_SID)));
    sandbox.expireTokens();
    expect(await refusal(old.href)).toEqual([400, 20001]);
    const fresh = nextOf(await getBody(sandbox, sessionsPath(DEMO_SIM_SID)));
    expect((await get(sandbox, fresh.href)).status).toBe(200);
  });
});

describe('records that arrive during pagination', () => {
  const path = sessionsPath(DEMO_SIM_SID, '?PageSize=20');

  it('move the first page', async () => {
    const before = sandbox.sessions(DEMO_SIM_SID);
    const added = sandbox.insertAtHead(DEMO_SIM_SID, 3);
    const { data_sessions } = await getBody(sandbox, path);
    expect(data_sessions).toEqual([...added, ...before.slice(0, 17)]);
    // Pages of three end exactly between the new and the old records.
    const pages = await walk(sandbox, sessionsPath(DEMO_SIM_SID, '?PageSize=3'));
    expect(sessionsOf(pages)).toEqual([...added, ...before]);
    const starts = added.map(({ start }) => Date.parse(String(start)));
    expect(starts).toEqual(starts.toSorted((a, b) => b - a));
  });

  it('do not move a page with a token, so pagination returns the records of its start', async () => {
    const before = sandbox.sessions(DEMO_SIM_SID);
    const head = await getBody(sandbox, path);
    const next = nextOf(head);
    const second = await getBody(sandbox, next.href);
    sandbox.insertAtHead(DEMO_SIM_SID, 7);
    expect((await getBody(sandbox, next.href)).data_sessions).toEqual(second.data_sessions);
    sandbox.insertAtHead(DEMO_SIM_SID, [{ sid: null, start: null }]);
    expect(sessionsOf([head, ...(await walk(sandbox, next.href))])).toEqual(before);
    expect(sandbox.sessions(DEMO_SIM_SID)[0]).toEqual({ sid: null, start: null });
  });

  it('do not include changed sessions, which keep their position', async () => {
    const third = sandbox.sessions(DEMO_SIM_SID)[2];
    sandbox.updateSession(DEMO_SIM_SID, 2, { end: '2026-11-24T01:00:00Z' });
    const { data_sessions } = await getBody(sandbox, path);
    expect(data_sessions[2]).toEqual({ ...third, end: '2026-11-24T01:00:00Z' });
  });

  it('include an added SIM at the end, with its sessions', async () => {
    const sim = sandbox.addSim({ unique_name: 'added' }, [{ sid: 'WN1' }, { sid: 'WN2' }]);
    expect(sandbox.simSids.at(-1)).toBe(sim.sid);
    expect((await getBody(sandbox, sessionsPath(sim.sid))).data_sessions).toEqual([
      { sid: 'WN1' },
      { sid: 'WN2' },
    ]);
    sandbox.setSessions(sim.sid, []);
    expect((await getBody(sandbox, sessionsPath(sim.sid))).data_sessions).toEqual([]);
  });
});

describe('previousPages: refused', () => {
  it('has previous page URLs that are rejected with 400', async () => {
    const refusing = await startSandbox({ previousPages: 'refused' });
    try {
      const pages = await walk(refusing, sessionsPath(DEMO_SIM_SID, '?PageSize=100'));
      expect(sessionsOf(pages)).toEqual(refusing.sessions(DEMO_SIM_SID));
      for (const { meta } of pages.slice(1)) {
        const response = await get(refusing, meta.previous_page_url ?? '');
        expect(response.status).toBe(400);
        expect(await response.json()).toMatchObject({ code: 20001 });
      }
    } finally {
      await refusing.close();
    }
  });
});
