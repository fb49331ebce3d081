import { Kind, parse, print, visit } from 'graphql';

const DIRECTIVE = 'requiresScopes';

/**
 * Leaves `@requiresScopes` and its import out of an SDL, for routers that refuse a supergraph with security directives
 * (`@apollo/gateway`). What the gateway enforces does not depend on the SDL.
 */
export function withoutScopes(sdl: string): string {
  const stripped = visit(parse(sdl), {
    Directive: ({ name }) => (name.value === DIRECTIVE ? null : undefined),
    ListValue: (list) => ({
      ...list,
      values: list.values.filter((item) => item.kind !== Kind.STRING || item.value !== `@${DIRECTIVE}`),
    }),
  });
  return print(stripped);
}
