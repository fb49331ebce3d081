import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { cursorAt, fetchWindow, nodesOf, type Window, walkForward } from '../support/windows.js';

describe.each(['honoured', 'refused'] as const)(
  'backward pagination with previous pages that are %s',
  (previousPages) => {
    let gateway: TestGateway;
    let sid: string;
    let records: { readonly sid: unknown }[];
    let walk: Window[];
    beforeAll(async () => {
      gateway = await startTestGateway({ sandbox: { previousPages } });
      sid = gateway.sandbox.simSids[0] ?? '';
      records = gateway.sandbox.sessions(sid).map((session) => ({ sid: session.sid }));
      walk = await walkForward(gateway, sid, [25]);
    });
    afterAll(() => gateway.close());

    const seen = (windows: readonly Window[]) => nodesOf(windows).map((node) => ({ sid: node.sid }));
    const cursorOf = (index: number) =>
      cursorAt(walk[Math.floor(index / 25)] ?? { edges: [], pageInfo: NO_PAGE }, index % 25);

    test.each([
      [339, 10],
      [130, 10],
      [125, 10],
      [126, 60],
      [24, 10],
      [3, 10],
      [1, 1],
      [0, 5],
      [300, 1000],
    ])('from record %i returns the %i records before it, in list order', async (index, last) => {
      const window = await fetchWindow(gateway, sid, { last, before: cursorOf(index) });
      const start = Math.max(0, index - last);
      expect(seen([window])).toEqual(records.slice(start, index));
      expect(window.pageInfo).toEqual({
        hasNextPage: true,
        hasPreviousPage: start > 0,
        startCursor: window.edges.at(0)?.cursor ?? null,
        endCursor: window.edges.at(-1)?.cursor ?? null,
      });
      const limit = Math.ceil((index + last) / 1000) + 1;
      expect(window.answer.upstreamRequests.length).toBeLessThanOrEqual(limit);
    });

    test('from the end to the start returns each record once', async () => {
      const windows: Window[] = [];
      let window: Window = await fetchWindow(gateway, sid, { last: 30 });
      for (; window.pageInfo.hasPreviousPage; windows.unshift(window)) {
        if (windows.length === 0) windows.unshift(window);
        window = await fetchWindow(gateway, sid, { last: 30, before: window.pageInfo.startCursor });
      }
      expect(seen(windows)).toEqual(records);
    });

    test('`last` alone returns the end of the list', async () => {
      const window = await fetchWindow(gateway, sid, { last: 5 });
      expect(seen([window])).toEqual(records.slice(-5));
      expect(window.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
      expect(window.answer.upstreamRequests).toHaveLength(1);
    });

    test('`before` alone returns the fifty records before it', async () => {
      expect(seen([await fetchWindow(gateway, sid, { before: cursorOf(100) })])).toEqual(
        records.slice(50, 100),
      );
    });

    test('returns the start of a range for `first` and its end for `last`', async () => {
      const range = { after: cursorOf(30), before: cursorOf(60) };
      expect(seen([await fetchWindow(gateway, sid, { first: 4, ...range })])).toEqual(records.slice(31, 35));
      expect(seen([await fetchWindow(gateway, sid, { last: 4, ...range })])).toEqual(records.slice(56, 60));
      expect(seen([await fetchWindow(gateway, sid, { first: 100, ...range })])).toEqual(
        records.slice(31, 60),
      );
      expect(seen([await fetchWindow(gateway, sid, { last: 100, ...range })])).toEqual(records.slice(31, 60));
    });

    test('returns no edge for windows of 0 records', async () => {
      for (const args of [
        { first: 0 },
        { last: 0 },
        { first: 0, after: cursorOf(30) },
        { last: 0, before: cursorOf(30) },
      ]) {
        const { edges, pageInfo } = await fetchWindow(gateway, sid, args);
        expect(edges).toEqual([]);
        expect(pageInfo).toMatchObject({ startCursor: null, endCursor: null });
      }
    });
  },
);

const NO_PAGE = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };
