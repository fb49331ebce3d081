import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { portOf } from './blocks.js';
import { Project } from './project.js';

/** Programs of their own, on a busy machine. */
const TIMEOUT_MS = 120_000;

/** What a program tells of a list that it has read page by page. */
interface Walk {
  readonly counts: readonly number[];
  readonly sids: readonly (string | null)[];
}

const TYPES =
  'tsc --noEmit --strict --skipLibCheck --target es2022 --module esnext --moduleResolution bundler';

let gateway: TestGateway;
let sid: string;
beforeAll(async () => {
  gateway = await startTestGateway();
  [sid = ''] = gateway.sandbox.simSids;
});
afterAll(() => gateway?.close());

/** The list as the upstream has it: every session once, in pages of 50. */
function wholeList(): Walk {
  const sids = gateway.sandbox.sessions(sid).map(({ sid }) => (typeof sid === 'string' ? sid : null));
  const counts = sids.map((_, index) => index + 1).filter((n) => n % 50 === 0 || n === sids.length);
  return { counts, sids };
}

describe('Documents, clients: Apollo Client and urql', { timeout: TIMEOUT_MS }, () => {
  let project: Project;
  beforeAll(async () => {
    project = await Project.create({ gateway: portOf(gateway.url) }, [
      'plain-schema.ts',
      'codegen.ts',
      'src/sessions.tsx',
      'src/apollo.ts',
      'src/urql.ts',
      'src/urql-get.ts',
      'src/persisted.ts',
      'src/apollo-persisted.ts',
      'src/urql-persisted.ts',
    ]);
    await project.use('walk-apollo.js');
    await project.use('walk-urql.js');
    await project.run(project.block('plain-schema'));
    await project.run('npx graphql-codegen --config codegen.ts');
  }, TIMEOUT_MS);
  afterAll(() => project?.remove());

  /** A program that reads the list with one of the clients and prints what it has got. */
  const walking = (client: string, imports: string, rest = '') => `
    import { walk } from './walk-${client}';
    import { SessionsQuery } from './sessions';
    ${imports}
    console.log(JSON.stringify(await walk(client, SessionsQuery, process.argv[2]${rest})));
  `;

  async function walkWith(client: string, imports: string, rest = ''): Promise<Walk> {
    await project.write('src/main.js', walking(client, imports, rest));
    return project.runApp('main.js', [sid]);
  }

  it('the code compiles as it stands', async () => {
    await project.run(`${TYPES} plain-schema.ts codegen.ts src/*.ts src/*.tsx`);
  });

  it('Apollo Client joins the pages of a list to its end', async () => {
    expect(await walkWith('apollo', `import { client } from './apollo';`)).toEqual(wholeList());
  });

  it('Apollo Client joins the pages of a list from its end to its start', async () => {
    const { sids } = await walkWith('apollo', `import { client } from './apollo';`, ', true');
    expect(sids).toEqual(wholeList().sids);
  });

  it('urql joins the pages of a list to its end', async () => {
    expect(await walkWith('urql', `import { client } from './urql';`)).toEqual(wholeList());
  });

  it('urql sends queries by GET with the header', async () => {
    await project.write(
      'src/main.js',
      `import { client } from './urql-get';
      import { SessionsQuery } from './sessions';
      const methods = [];
      const fetched = globalThis.fetch;
      globalThis.fetch = (url, options) => (methods.push(options.method), fetched(url, options));
      const { data, error } = await client.query(SessionsQuery, { sid: process.argv[2], first: 2 }).toPromise();
      console.log(JSON.stringify({ methods, edges: data?.sim.dataSessions.edges.length, error: error?.message }));`,
    );
    expect(await project.runApp('main.js', [sid])).toEqual({ methods: ['GET'], edges: 2 });
  });

  it('Apollo Client and urql show a deferred list after its SIM, and the whole list in the end', async () => {
    await project.write(
      'src/defer.js',
      `import { gql } from '@apollo/client';
      import { client as apollo } from './apollo';
      import { client as urql } from './urql';
      const query = ${JSON.stringify(project.block('defer'))};
      const variables = { sid: process.argv[2] };
      const counts = { apollo: [], urql: [] };
      const count = ({ status, dataSessions }) => [status, dataSessions?.edges.length ?? null];
      await new Promise((resolve, reject) =>
        apollo.watchQuery({ query: gql(query), variables }).subscribe(({ data, error, dataState }) => {
          if (error) reject(error);
          if (data?.sim) counts.apollo.push(count(data.sim));
          if (dataState === 'complete') resolve();
        }),
      );
      await new Promise((resolve, reject) =>
        urql.query(query, variables).subscribe(({ data, error, hasNext }) => {
          if (error) reject(error);
          if (data?.sim) counts.urql.push(count(data.sim));
          if (!hasNext) resolve();
        }),
      );
      console.log(JSON.stringify(counts));
      process.exit();`,
    );
    const parts = [
      ['ACTIVE', null],
      ['ACTIVE', wholeList().sids.length],
    ];
    expect(await project.runApp('defer.js', [sid])).toEqual({ apollo: parts, urql: parts });
  });

  it('Apollo Client keeps the rest of an answer with an error only with `errorPolicy: "all"`', async () => {
    await project.write(
      'src/policy.js',
      `import { gql } from '@apollo/client';
      import { client } from './apollo';
      const query = gql\`query ($sid: ID!) { sim(sid: $sid) { sid dataSessions(after: "no cursor") { edges { cursor } } } }\`;
      const read = (errorPolicy) =>
        client.query({ query, variables: { sid: process.argv[2] }, errorPolicy, fetchPolicy: 'no-cache' })
          .then(({ data, error }) => ({ sid: data.sim.sid, failed: error !== undefined }), () => 'nothing');
      console.log(JSON.stringify([await read('none'), await read('all')]));`,
    );
    expect(await project.runApp('policy.js', [sid])).toEqual(['nothing', { sid, failed: true }]);
  });

  describe('with persisted operations and no others', () => {
    let closed: TestGateway;
    let persisted: Project;
    beforeAll(async () => {
      closed = await startTestGateway({
        env: {
          PERSISTED_OPERATIONS: `${project.folder}/src/graphql/persisted-documents.json`,
          PERSISTED_OPERATIONS_ONLY: 'on',
        },
      });
      persisted = await project.movedTo({ gateway: portOf(closed.url) });
    });
    afterAll(() => Promise.all([closed?.close(), persisted?.remove()]));

    async function walkPersisted(client: string, imports: string): Promise<Walk> {
      await persisted.write('src/main.js', walking(client, imports));
      return persisted.runApp('main.js', [sid]);
    }

    it('Apollo Client joins the pages of a list to its end', async () => {
      const imports = `
        import { client } from './apollo';
        import { link } from './apollo-persisted';
        client.setLink(link);`;
      expect(await walkPersisted('apollo', imports)).toEqual(wholeList());
    });

    it('urql joins the pages of a list to its end', async () => {
      const urql = await persisted.read('src/urql.ts');
      const place = '    fetchExchange,\n';
      expect(urql).toContain(place);
      await persisted.write(
        'src/urql.ts',
        `import { persisted } from './urql-persisted';\n${urql.replace(place, `    persisted,\n${place}`)}`,
      );
      expect(await walkPersisted('urql', `import { client } from './urql';`)).toEqual(wholeList());
    });

    it('a document that is not in the manifest is refused', async () => {
      const { errors } = await closed.sendText('{ __typename }');
      expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    });
  });
});

describe('Documents, clients: Relay', { timeout: TIMEOUT_MS }, () => {
  let project: Project;
  beforeAll(async () => {
    project = await Project.create({ gateway: portOf(gateway.url) }, [
      'plain-schema.ts',
      'relay.config.json',
      'src/sessionList.ts',
      'src/relay.ts',
    ]);
    await project.use('walk-relay.js');
    await project.write(
      'src/main.js',
      `import { environment } from './relay';
      import { walk } from './walk-relay';
      console.log(JSON.stringify(await walk(environment, process.argv[2])));`,
    );
    await project.run(project.block('plain-schema'));
    await project.run(project.block('relay'));
  }, TIMEOUT_MS);
  afterAll(() => project?.remove());

  it('the code compiles as it stands, and dates are texts', async () => {
    await project.run(`${TYPES} src/*.ts __generated__/*.ts`);
    expect(await project.read('__generated__/sessionList_sim.graphql.ts')).toContain(
      'readonly start: string | null',
    );
  });

  it('joins the pages of a list to its end, each fetched by way of node(id)', async () => {
    expect(await project.runApp('main.js', [sid])).toEqual(wholeList());
  });

  it('a field with an error is null, but for `@throwOnFieldError` and `@catch`', async () => {
    const field = (directive: string) => `sim(sid: $sid) ${directive} { sid }`;
    await project.write(
      'src/errors.ts',
      `import { graphql } from 'relay-runtime';
      graphql\`query errorsNullQuery($sid: ID!) { ${field('')} }\`;
      graphql\`query errorsThrownQuery($sid: ID!) @throwOnFieldError { ${field('')} }\`;
      graphql\`query errorsCaughtQuery($sid: ID!) { ${field('@catch')} }\`;`,
    );
    await project.run(project.block('relay'));
    await project.write(
      'src/read.js',
      `import { fetchQuery } from 'relay-runtime';
      import silent from '../__generated__/errorsNullQuery.graphql';
      import thrown from '../__generated__/errorsThrownQuery.graphql';
      import caught from '../__generated__/errorsCaughtQuery.graphql';
      import { environment } from './relay';
      const read = (query) =>
        fetchQuery(environment, query, { sid: 'DE1' }).toPromise().then(({ sim }) => sim?.ok ?? sim, () => 'thrown');
      console.log(JSON.stringify([await read(silent), await read(thrown), await read(caught)]));`,
    );
    expect(await project.runApp('read.js', [])).toEqual([null, 'thrown', false]);
  });

  it('joins the pages of a list to its end with persisted operations and no others', async () => {
    const config = JSON.parse(await project.read('relay.config.json'));
    const persist = JSON.parse(project.block('relay-persisted.json'));
    await project.write('persisted-documents.json', '{}');
    await project.write('relay.config.json', JSON.stringify({ ...config, ...persist }));
    await project.run(project.block('relay'));
    const closed = await startTestGateway({
      env: {
        PERSISTED_OPERATIONS: `${project.folder}/persisted-documents.json`,
        PERSISTED_OPERATIONS_ONLY: 'on',
      },
    });
    const persisted = await project.movedTo({ gateway: portOf(closed.url) });
    try {
      expect(await persisted.runApp('main.js', [sid])).toEqual(wholeList());
    } finally {
      await Promise.all([closed.close(), persisted.remove()]);
    }
  });
});
