import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../../src/app.js';
import { readConfig } from '../../src/config/index.js';
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

/** Reads an editor of GraphiQL by the name of its file; what is shown of it is only the part in view. */
const TEXT_OF = `(name) => __MONACO.editor.getModels().find(({ uri }) => uri.path.endsWith(name)).getValue()`;

/**
 * The tab that GraphiQL has written down as the open one. It does so last: right after a click the editor shows the
 * new query, while the name of the operation to run is still the other tab's.
 */
const OPEN_TAB = `(({ tabs, activeTabIndex }) => tabs[activeTabIndex].title)(JSON.parse(localStorage['graphiql:tabState']))`;

/** A page of 9 MB takes a browser a while on a busy machine. */
const BROWSER_TIMEOUT_MS = 120_000;

// In CI there has to be a browser: without one the test fails there.
describe.skipIf(!hasBrowser && !process.env.CI)(
  'GraphiQL, in a browser',
  { timeout: BROWSER_TIMEOUT_MS },
  () => {
    let gateway: Gateway;
    let browser: Browser;
    let page: Page;
    const hosts = new Set<string>();
    const pageErrors: string[] = [];
    beforeAll(async () => {
      gateway = await startGateway({ ...readConfig({}), port: 0 }, pino({ level: 'silent' }));
      browser = await startBrowser();
      page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
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

    /** Opens a tab, runs its query and reads the answer, as they are in the editors. */
    async function runTab(name: string): Promise<Answer> {
      await page.locator('.graphiql-tab-button', { hasText: name }).click();
      await page.waitForFunction(`(${TEXT_OF})('operation.graphql').includes('query ${name}')`);
      await page.waitForFunction(`${OPEN_TAB} === '${name}'`);
      return run();
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
      expect(tabs).toEqual(['FirstSessions', 'NextPage', 'SeveralSims', 'Fragment', 'AnError']);
    });

    it('answers the first query as it stands', async () => {
      await page.waitForFunction(`(${TEXT_OF})('operation.graphql').includes('query FirstSessions')`);
      const { data } = await run();
      expect(data.sim.dataSessions?.edges).toHaveLength(3);
      const shown = await page.locator('.result-window').innerText();
      expect(shown).toContain('operatorName');
    });

    it('follows endCursor into the next page by the variable', async () => {
      const first = await runTab('NextPage');
      expect(first.errors).toBeUndefined();
      const { endCursor } = first.data.sim.dataSessions?.pageInfo ?? {};
      const variables: Record<string, unknown> = JSON.parse(await textOf('variables.json'));
      await page.locator('[aria-label="Variables"] .graphiql-editor:not(.hidden) .view-lines').click();
      await page.keyboard.press('ControlOrMeta+A');
      await page.keyboard.insertText(JSON.stringify({ ...variables, after: endCursor }));
      // The editor has closed what it took for open.
      await page.keyboard.press('ControlOrMeta+Shift+End');
      await page.keyboard.press('Delete');
      const second = await run();
      const sessions = [first, second].flatMap(({ data }) => data.sim.dataSessions?.edges ?? []);
      expect(new Set(sessions.map(({ node }) => node.id)).size).toBe(10);
      const starts = sessions.map(({ node }) => node.start);
      expect(starts).toEqual([...starts].sort().reverse());
    });

    it('answers several SIMs by alias, and a fragment', async () => {
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

    it('describes the types and fields in its documentation', async () => {
      await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
      const docs = page.locator('.graphiql-doc-explorer');
      await page.locator('.graphiql-doc-explorer-type-name', { hasText: /^DataSession$/ }).click();
      await page.locator('.graphiql-doc-explorer-title', { hasText: 'DataSession' }).waitFor();
      expect(await docs.innerText()).toContain('The upstream keeps sessions for 30 days at most');
      expect(await docs.innerText()).toContain('Packets that the device sent');
    });

    it('has asked no other host for anything, and has met no error', () => {
      expect([...hosts]).toEqual([new URL(gateway.url).host]);
      expect(pageErrors).toEqual([]);
    });
  },
);
