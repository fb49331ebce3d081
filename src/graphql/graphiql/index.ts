import type { GraphiQLOptions } from 'graphql-yoga';
import { examples } from './examples.js';

/**
 * What GraphiQL opens with.
 *
 * @param sids - SIMs that its queries can be run with as they stand
 */
export function graphiqlOptions(sids: readonly string[]): Partial<GraphiQLOptions> {
  return {
    title: 'Wireless gateway',
    defaultTabs: examples(sids).map(({ query, variables = null }) => ({ query, variables })),
    // A token typed into the headers must not stay in the browser.
    shouldPersistHeaders: false,
  };
}

/**
 * Where GraphiQL opens with several tabs, it takes them to be dragged away from the start: a tab that is pressed
 * jumps aside, and the click misses it. So they stay where they are.
 */
const STILL_TABS = '<style>.graphiql-tab { transform: none !important; }</style>';

/** Renders GraphiQL from its package, so that it needs no other host. 9 MB, so it is only loaded when asked for. */
export async function renderGraphiql(options: GraphiQLOptions): Promise<string> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  return renderGraphiQL(options).replace('</head>', `${STILL_TABS}</head>`);
}
