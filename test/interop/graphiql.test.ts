import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../../src/app.js';
import { readConfig } from '../../src/config/index.js';
import { SkippingClock } from '../faults/skipping-clock.js';
import { type Browser, hasBrowser, type Page, startBrowser } from './browser.js';

if (!hasBrowser)
  console.warn('GraphiQL is not tested: there is no /usr/bin/chromium (apt-get install chromium)');

interface Answer {
  readonly data: { readonly sim: { readonly dataSessions: Connection | null } };
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
}

interface Connection {
  readonly edges: readonly { readonly node: { readonly id: string; readonly start: string } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
}

/** Names of the tabs. */
const EXAMPLES = [
  'FirstSessions',
  'NextPage',
  'Live',
  'Fleet',
  'FilteredSessions',
  'SessionsByCountry',
  'UsageByDay',
  'SeveralSims',
  'Fragment',
  'AnError',
];

/** Reads an editor of GraphiQL by the name of its file, because the page only contains its visible part. */
const TEXT_OF = `(name) => __MONACO.editor.getModels().find(({ uri }) => uri.path.endsWith(name)).getValue()`;

/**
 * Returns the tab that GraphiQL has stored as the open one, which is its last step: directly after a click the editor
 * shows the new query, but the operation to run is still that of the previous tab.
 */
const OPEN_TAB = `(({ tabs, activeTabIndex }) => tabs[activeTabIndex].title)(JSON.parse(localStorage['graphiql:tabState']))`;

const WINDOW = { width: 1400, height: 900 };

/** Time limit for the page of 9 MB on a busy machine. */
const BROWSER_TIMEOUT_MS = 120_000;

// In CI the test fails without a browser.
describe.skipIf(!hasBrowser && !process.env.CI)(
  'GraphiQL, in a browser',
  { timeout: BROWSER_TIMEOUT_MS },
  () => {
    const clock = new SkippingClock();
    let gateway: Gateway;
    let browser: Browser;
    let page: Page;
    const hosts = new Set<string>();
    const pageErrors: string[] = [];
    beforeAll(async () => {
      gateway = await startGateway({ ...readConfig({}), port: 0 }, pino({ level: 'silent' }), { clock });
      browser = await startBrowser();
      page = await browser.newPage({ viewport: WINDOW });
      page.on('request', (request) => {
        const { protocol, host } = new URL(request.url());
        if (protocol !== 'blob:' && protocol !== 'data:') hosts.add(host);
      });
      page.on('pageerror', ({ message }) => pageErrors.push(message));
      await page.goto(`${gateway.url}/graphql`);
    }, BROWSER_TIMEOUT_MS);
    afterAll(async () => {
      await browser?.close();
      await gateway?.close();
    });

    /** Opens a tab, runs its query and reads the response from the editors. */
    async function runTab(name: string): Promise<Answer> {
      await openTab(name);
      return run();
    }

    async function openTab(name: string): Promise<void> {
      await page.locator('.graphiql-tab-button', { hasText: name }).click();
      await page.waitForFunction(`/(query|subscription) ${name}/.test((${TEXT_OF})('operation.graphql'))`);
      await page.waitForFunction(`${OPEN_TAB} === '${name}'`);
    }

    async function run(): Promise<Answer> {
      const before = await textOf('response.json');
      await page.locator('.graphiql-execute-button').click();
      await page.waitForFunction(
        `(${TEXT_OF})('response.json') !== ${JSON.stringify(before)} && (${TEXT_OF})('response.json').includes('"data"')`,
      );
      return JSON.parse(await textOf('response.json'));
    }

    const textOf = (editor: string) => page.evaluate<string>(`(${TEXT_OF})('${editor}')`);

    it('opens with a tab for each example', async () => {
      await page.locator('.graphiql-execute-button').waitFor();
      expect(await page.title()).toBe('Wireless gateway');
      const tabs = await page.locator('.graphiql-tab-button').allInnerTexts();
      expect(tabs).toEqual(EXAMPLES);
    });

    it('shows all tabs in a window of 1280 pixels', async () => {
      await page.setViewportSize({ ...WINDOW, width: 1280 });
      const [needed, there] = await page.evaluate<[number, number]>(
        `(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth])(document.querySelector('.graphiql-tabs'))`,
      );
      await page.setViewportSize(WINDOW);
      expect(needed).toBeLessThanOrEqual(there);
    });

    it('runs the first query unchanged', async () => {
      await page.waitForFunction(`(${TEXT_OF})('operation.graphql').includes('query FirstSessions')`);
      const { data } = await run();
      expect(data.sim.dataSessions?.edges).toHaveLength(3);
      const shown = await page.locator('.result-window').innerText();
      expect(shown).toContain('operatorName');
    });

    it('shows the second page, and the next one by its endCursor in the variable', async () => {
      const second = await runTab('NextPage');
      expect(second.errors).toBeUndefined();
      const { endCursor } = second.data.sim.dataSessions?.pageInfo ?? {};
      const variables: Record<string, unknown> = JSON.parse(await textOf('variables.json'));
      await page.locator('[aria-label="Variables"] .graphiql-editor:not(.hidden) .view-lines').click();
      await page.keyboard.press('ControlOrMeta+A');
      await page.keyboard.insertText(JSON.stringify({ ...variables, after: endCursor }));
      // The editor has inserted closing brackets.
      await page.keyboard.press('ControlOrMeta+Shift+End');
      await page.keyboard.press('Delete');
      const third = await run();
      const shown = [second, third].flatMap(({ data }) => data.sim.dataSessions?.edges ?? []);
      const list = await sessionsFromTheStart(15);
      expect(shown.map(({ node }) => node.id)).toEqual(list.slice(5));
    });

    /** IDs of the sessions of the SIM in the examples, in list order. */
    async function sessionsFromTheStart(count: number): Promise<string[]> {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          query: `{ sim(sid: "${gateway.demoSid}") { dataSessions(first: ${count}) { edges { node { id start } } } } }`,
        }),
      });
      const { data } = (await response.json()) as Answer;
      return data.sim.dataSessions?.edges.map(({ node }) => node.id) ?? [];
    }

    it('runs the examples of a fleet, a filter, groups and usage', async () => {
      const answers = new Map<string, string>();
      for (const name of ['Fleet', 'FilteredSessions', 'SessionsByCountry', 'UsageByDay']) {
        const { data, errors } = await runTab(name);
        expect(errors, name).toBeUndefined();
        answers.set(name, JSON.stringify(data));
      }
      expect(answers.get('Fleet')).toMatch(/"state":"ONLINE".*"simsCount":{"count":\d+,"precision":"EXACT"}/);
      expect(answers.get('FilteredSessions')).toContain('"radioLink":"LTE"');
      expect(answers.get('SessionsByCountry')).toMatch(
        /"operatorCountry":"[A-Z]{3}","day":"\d{4}-\d\d-\d\d"/,
      );
      expect(answers.get('UsageByDay')).toMatch(/"upload":\d+/);
    });

    it('runs the examples of aliases and of a fragment', async () => {
      const several = await runTab('SeveralSims');
      expect(several.errors).toBeUndefined();
      expect(Object.values(several.data).map((sim) => sim !== null)).toEqual([true, true, true, false]);
      const { data } = await runTab('Fragment');
      expect(data.sim).toMatchObject({ newest: { edges: [{}, {}] }, oldest: { edges: [{}, {}] } });
    });

    it('shows an error with its code', async () => {
      const { data, errors } = await runTab('AnError');
      expect(data.sim.dataSessions).toBeNull();
      expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    });

    it('shows each event of the live SIM, until the subscription is stopped', async () => {
      const showsEvent = (kind: string, end: string) =>
        page.waitForFunction(
          `/"kind": "${kind}"[^]*"end": ${end}[^]*"cellId": "\\d+"/.test((${TEXT_OF})('response.json'))`,
        );
      // A session starts at each full minute and ends after 44 seconds.
      const skipTo = (second: number) =>
        clock.skip((second * 1000 - (clock.wallNow() % 60_000) + 60_000) % 60_000);
      await openTab('Live');
      skipTo(2);
      await page.locator('.graphiql-execute-button').click();
      await showsEvent('SNAPSHOT', 'null');
      skipTo(20);
      await showsEvent('UPDATED', 'null');
      skipTo(50);
      await showsEvent('ENDED', '"');
      skipTo(2);
      await showsEvent('STARTED', 'null');
      await page.getByRole('button', { name: /^Stop query/ }).click();
      // No other timer than that of the next poll is due by then.
      await clock.disarmed(0, 9000);
      expect(await (await fetch(`${gateway.url}/metrics`)).text()).toMatch(/^gateway_live_pollers\{.*\} 0$/m);
    });

    it('describes the types and fields in its documentation', async () => {
      await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
      const docs = page.locator('.graphiql-doc-explorer');
      expect(await docs.innerText()).toContain('SIM cards of one account');
      await page.locator('.graphiql-doc-explorer-type-name', { hasText: /^DataSession$/ }).click();
      await page.locator('.graphiql-doc-explorer-title', { hasText: 'DataSession' }).waitFor();
      expect(await docs.innerText()).toContain('The upstream keeps sessions for 30 days at most');
      expect(await docs.innerText()).toContain('Packets that the device sent');
    });

    describe('reopened', () => {
      let page: Page;
      beforeAll(async () => {
        page = await browser.newPage({ viewport: WINDOW });
        page.on('pageerror', ({ message }) => pageErrors.push(message));
        await page.goto(`${gateway.url}/graphql`);
        await kept('FirstSessions');
      }, BROWSER_TIMEOUT_MS);
      afterAll(() => page?.close());

      /** Waits until GraphiQL has stored the open tab, which it does with a delay. */
      const kept = (name: string) =>
        page.waitForFunction(`localStorage['graphiql:tabState'] && ${OPEN_TAB} === '${name}'`);

      async function tabs(): Promise<{ all: string[]; open: string[] }> {
        await page.locator('.graphiql-execute-button').waitFor();
        return {
          all: await page.locator('.graphiql-tab-button').allInnerTexts(),
          open: await page.locator('.graphiql-tab-active .graphiql-tab-button').allInnerTexts(),
        };
      }

      it('has the same tabs without a change', async () => {
        await page.reload();
        expect(await tabs()).toEqual({ all: EXAMPLES, open: ['FirstSessions'] });
      });

      it.each(['NextPage', 'FirstSessions'])('has the same tabs and the same open tab: %s', async (name) => {
        await page.locator('.graphiql-tab-button', { hasText: name }).click();
        await kept(name);
        await page.reload();
        expect(await tabs()).toEqual({ all: EXAMPLES, open: [name] });
        await page.goto(`${gateway.url}/graphql`);
        expect(await tabs()).toEqual({ all: EXAMPLES, open: [name] });
      });

      it('has an edited query', async () => {
        await page.locator('.graphiql-query-editor .view-lines').click();
        await page.keyboard.press('ControlOrMeta+A');
        await page.keyboard.insertText('query Edited { __typename }');
        await kept('Edited');
        await page.reload();
        const all = ['Edited', ...EXAMPLES.slice(1)];
        expect(await tabs()).toEqual({ all, open: ['Edited'] });
      });

      it('with a query in the URL opens it in another tab, without variables of other tabs', async () => {
        await page.locator('.graphiql-tab-button', { hasText: 'NextPage' }).click();
        await kept('NextPage');
        await page.goto(`${gateway.url}/graphql?query=${encodeURIComponent('query Linked { __typename }')}`);
        const all = ['Edited', ...EXAMPLES.slice(1), 'Linked'];
        expect(await tabs()).toEqual({ all, open: ['Linked'] });
        expect(await page.evaluate(`(${TEXT_OF})('variables.json')`)).toBe('');
      });
    });

    it('sends no request to another host, and has no error', () => {
      expect([...hosts]).toEqual([new URL(gateway.url).host]);
      expect(pageErrors).toEqual([]);
    });
  },
);

it('GraphiQL has no live example where the sandbox has no live SIM', async () => {
  const log = pino({ level: 'silent' });
  const gateway = await startGateway({ ...readConfig({ FLEET: '6' }), port: 0 }, log);
  const page = await fetch(`${gateway.url}/graphql`, { headers: { accept: 'text/html' } });
  const html = await page.text();
  await gateway.close();
  expect(html).toContain('query FirstSessions');
  expect(html).not.toContain('subscription Live');
});
