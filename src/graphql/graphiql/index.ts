import { type GraphQLSchema, graphql } from 'graphql';
import type { GraphiQLOptions } from 'graphql-yoga';
import { READ } from '../../resources/scopes.js';
import type { Viewer } from '../../resources/viewer.js';
import type { OperationContext } from '../schema/operation-context.js';
import { examples, NEXT_PAGE } from './examples.js';

/** Only a sandbox has SIMs to show, and anybody may see those. */
const READER: Viewer = { name: 'graphiql', scopes: new Set([READ]) };

/**
 * What GraphiQL opens with.
 *
 * @param sids - SIMs that its queries can be run with as they stand
 * @param contextFor - makes what the operation holds that gets a cursor for the example of paging
 */
export async function graphiqlOptions(
  schema: GraphQLSchema,
  sids: readonly string[],
  contextFor: (viewer: Viewer) => OperationContext,
): Promise<Partial<GraphiQLOptions>> {
  const [sid] = sids;
  const cursor = sid === undefined ? null : await endOfFirstPage(schema, sid, contextFor(READER));
  return {
    title: 'Wireless gateway',
    defaultTabs: examples(sids, cursor).map(({ query, variables = null }) => ({ query, variables })),
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
  const answer = data as { sim?: { dataSessions?: { pageInfo: { endCursor: string | null } } } } | null;
  return answer?.sim?.dataSessions?.pageInfo.endCursor ?? null;
}

/**
 * Where GraphiQL opens with several tabs, it takes them to be dragged away from the start: a tab that is pressed
 * jumps aside, and the click misses it. So they stay where they are.
 */
const STILL_TABS = '<style>.graphiql-tab { transform: none !important; }</style>';

/**
 * GraphiQL keeps its tabs, and looks for the one to open by what it keeps of the last edited query and variables. Of a
 * tab that was not edited it keeps neither, finds no such tab and opens an empty one. This gives it those of the tab
 * that was open last, or of the one with the query in the page's address.
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
    // The first visit, or storage is not allowed.
  }
</script>`;

/** Renders GraphiQL from its package, so that it needs no other host. 9 MB, so it is only loaded when asked for. */
export async function renderGraphiql(options: GraphiQLOptions): Promise<string> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  return renderGraphiQL(options).replace('</head>', () => `${STILL_TABS}${REOPEN_TAB}</head>`);
}
