import { SCOPES } from '../../resources/scopes.js';
import type { Viewer } from '../../resources/viewer.js';
import type { Builder } from './builder.js';

/**
 * Adds `Query.caller`: who the caller is, and what it may read. It is not called `viewer`, because other subgraphs of a company
 * have a field of that name, and would not compose with this one.
 */
export function addCaller(builder: Builder): void {
  const caller = builder.objectRef<Viewer>('Caller').implement({
    description: 'The caller, and what it may read.',
    fields: (t) => ({
      name: t.string({
        nullable: false,
        description: 'Name of the caller, as in the logs of the gateway.',
        // Responses are cached for all callers with the same scopes.
        extensions: { perCaller: true },
        resolve: ({ name }) => name,
      }),
      scopes: t.stringList({
        nullable: false,
        description: 'Scopes of the caller, of those that the gateway knows.',
        resolve: ({ scopes }) => SCOPES.filter((scope) => scopes.has(scope)),
      }),
    }),
  });
  builder.queryField('caller', (t) =>
    t.field({
      type: caller,
      nullable: false,
      description: 'The caller. Takes no upstream request.',
      resolve: (_root, _args, context) => context.viewer,
    }),
  );
}
