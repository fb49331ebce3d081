import { type GraphQLSchema, graphql } from 'graphql';
import type { GraphiQLOptions } from 'graphql-yoga';
import { ONLY_ACCOUNT } from '../../config/index.js';
import { READ } from '../../resources/scopes.js';
import type { Viewer } from '../../resources/viewer.js';
import type { OperationContext } from '../schema/operation-context.js';
import type { DemoSims } from './example.js';
import { examples, NEXT_PAGE } from './examples.js';

/** Viewer of the example queries. Only the sandbox has example SIMs, and these are public. */
const READER: Viewer = { name: 'graphiql', scopes: new Set([READ]), account: ONLY_ACCOUNT };

/**
 * Returns the options of GraphiQL.
 *
 * @param sims - SIMs that the examples use
 * @param contextFor - creates the context of the operation that fetches a cursor for the pagination example
 */
export async function graphiqlOptions(
  schema: GraphQLSchema,
  sims: DemoSims,
  contextFor: (viewer: Viewer) => OperationContext,
): Promise<Partial<GraphiQLOptions>> {
  const [sid] = sims.sids;
  const cursor = sid === undefined ? null : await endOfFirstPage(schema, sid, contextFor(READER));
  return {
    title: 'Wireless gateway',
    defaultTabs: examples(sims, cursor, Date.now()).map(({ query, variables = null }) => ({
      query,
      variables,
    })),
    // It would subscribe by GET, which the CSRF guard rejects.
    method: 'POST',
    // A token typed into the headers must not stay in the browser.
    shouldPersistHeaders: false,
  };
}

/** The cursor that leads to the second page of a SIM's sessions; `null` if there is no second page. */
async function endOfFirstPage(
  schema: GraphQLSchema,
  sid: string,
  contextValue: OperationContext,
): Promise<string | null> {
  const { first } = NEXT_PAGE.variables;
  const { data } = await graphql({
    schema,
    source: NEXT_PAGE.query,
    variableValues: { sid, first },
    contextValue,
  });
  const result = data as { sim?: { dataSessions?: { pageInfo: { endCursor: string | null } } } } | null;
  return result?.sim?.dataSessions?.pageInfo.endCursor ?? null;
}

/**
 * Workaround for GraphiQL: with several initial tabs it treats a pressed tab as dragged and moves it, so that the click
 * misses the tab.
 */
const STATIC_TABS = '.graphiql-tab { transform: none !important; }';

/**
 * Lets the tabs of all examples fit into a window of 1280 pixels, because those beyond its edge are hidden without a scroll
 * bar: only the open tab has a button to close it, and room for it. The title takes one line.
 */
const NARROW_TABS = `
  .graphiql-tab:not(.graphiql-tab-active) .graphiql-tab-button { padding-right: 8px; }
  .graphiql-tab:not(.graphiql-tab-active) .graphiql-tab-close { display: none; }
  .graphiql-container .graphiql-logo { flex: none; font-size: 15px; white-space: nowrap; }
`;

/**
 * Workaround for GraphiQL: it stores its tabs, and selects one by the query and variables that were edited last. A tab
 * that was not edited is not found, so an empty tab is opened. This script stores the query and variables of the tab
 * that was open last, or of the tab with the query in the URL.
 */
const REOPEN_TAB = `<script>
  try {
    const { tabs, activeTabIndex } = JSON.parse(localStorage['graphiql:tabState']);
    const query = new URLSearchParams(location.search).get('query') || tabs[activeTabIndex].query;
    const tab = [tabs[activeTabIndex], ...tabs].find((tab) => tab.query === query);
    for (const [key, value] of Object.entries({ query, variables: tab?.variables })) {
      if (value) localStorage['graphiql:' + key] = value;
      else delete localStorage['graphiql:' + key];
    }
  } catch {
    // First visit, or storage is disabled.
  }
</script>`;

/** Renders GraphiQL from its package, so that it needs no other host. The package has 9 MB and is loaded on demand. */
export async function renderGraphiql(options: GraphiQLOptions): Promise<string> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  return renderGraphiQL(options).replace(
    '</head>',
    () => `<style>${STATIC_TABS}${NARROW_TABS}</style>${REOPEN_TAB}</head>`,
  );
}
