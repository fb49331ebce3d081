import { readFileSync } from 'node:fs';
import { type DefinitionNode, type FieldDefinitionNode, parse, print, visit } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { printFullSdl } from '../../src/graphql/schema/index.js';
import { vendorClient } from '../sandbox/vendor.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { schema } from '../support/schema.js';

const published = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
const definitions = definitionsOf(published);

function definitionsOf(sdl: string): Map<string, DefinitionNode> {
  const named = parse(sdl).definitions.flatMap((definition) =>
    'name' in definition && definition.name && !definition.kind.endsWith('Extension')
      ? [[definition.name.value, definition] as const]
      : [],
  );
  return new Map(named);
}

function fieldsOf(type: DefinitionNode | undefined): FieldDefinitionNode[] {
  return type?.kind === 'ObjectTypeDefinition' ? [...(type.fields ?? [])] : [];
}

const namesOf = (fields: readonly FieldDefinitionNode[]) => fields.map(({ name }) => name.value);

describe('schema.graphql', () => {
  test('is what the code says; `npm run generate` makes it so', () => {
    expect(published).toBe(`${printFullSdl(schema).trimEnd()}\n`);
  });

  test('has its types in the order of their names, so that a change of one moves no other', () => {
    const names = [...definitions.keys()];
    expect(names).toEqual([...names].sort());
  });

  test('describes every type, field, argument and enum value', () => {
    const undescribed: string[] = [];
    let described = 0;
    visit(parse(published), {
      enter(node, _key, _parent, _path, ancestors) {
        if (!/(Type|Field|InputValue|EnumValue)Definition$/.test(node.kind) || !('name' in node)) return;
        const owner = ancestors.flatMap((ancestor) =>
          'name' in ancestor && ancestor.name ? [ancestor.name.value] : [],
        );
        const text = 'description' in node ? node.description?.value.trim() : undefined;
        if (text) described += 1;
        else undescribed.push([...owner, node.name?.value].join('.'));
      },
    });
    expect(undescribed).toEqual([]);
    expect(described).toBeGreaterThan(80);
  });

  test.each([
    ['Query', 'sim', 'Sim'],
    ['Sim', 'dataSessions', 'SimDataSessionsConnection'],
    ['SimDataSessionsConnection', 'edges', '[SimDataSessionsEdge!]!'],
    ['SimDataSessionsConnection', 'pageInfo', 'PageInfo!'],
    ['SimDataSessionsEdge', 'node', 'DataSession!'],
  ])(
    'lets null stand where a failure or an absence has to stop, and nowhere else: %s.%s',
    (type, field, expected) => {
      const definition = fieldsOf(definitions.get(type)).find(({ name }) => name.value === field);
      expect(definition && print(definition.type)).toBe(expected);
    },
  );
});

describe('what the vendor’s SDK knows', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway.close());

  test('of a SIM, a session, a rate plan and a command has a field of the same name, but for what is deprecated', async () => {
    const { accountSid, authToken } = gateway.sandbox.credentials;
    const sdk = vendorClient(gateway.sandbox.url, { user: accountSid, password: authToken, accountSid });
    const sim = sdk.wireless.v1.sims(gateway.sandbox.cleanSimSid);
    const [session] = await sim.dataSessions.list({ pageSize: 1000 });
    const simMembers = Object.keys((await sim.fetch()).toJSON()).filter((name) => !/^(sms|voice)/.test(name));
    const sessionMembers = Object.keys(session?.toJSON() ?? {});
    expect(simMembers).toHaveLength(16);
    expect(sessionMembers).toHaveLength(16);
    expect(namesOf(fieldsOf(definitions.get('Sim')))).toEqual(expect.arrayContaining(simMembers));
    expect(namesOf(fieldsOf(definitions.get('DataSession')))).toEqual(expect.arrayContaining(sessionMembers));
    const [plan] = await sdk.wireless.v1.ratePlans.list({ pageSize: 1 });
    const planMembers = Object.keys(plan?.toJSON() ?? {}).filter((name) => name !== 'voiceEnabled');
    expect(planMembers).toHaveLength(15);
    expect(namesOf(fieldsOf(definitions.get('RatePlan')))).toEqual(expect.arrayContaining(planMembers));
    const [command] = await sdk.wireless.v1.commands.list({ pageSize: 1 });
    const commandMembers = Object.keys(command?.toJSON() ?? {});
    expect(commandMembers).toHaveLength(12);
    expect(namesOf(fieldsOf(definitions.get('Command')))).toEqual(expect.arrayContaining(commandMembers));
  });
});

describe('the SDL that a composer is given', () => {
  let sdl: string;
  beforeAll(async () => {
    const gateway = await startTestGateway();
    const { data } = await gateway.sendText('{ _service { sdl } }');
    expect(data).toEqual({ _service: { sdl: expect.any(String) } });
    sdl = (data?._service as { sdl: string } | undefined)?.sdl ?? '';
    await gateway.close();
  });

  test('leaves out `node` and `nodes`: two subgraphs that both have them do not compose', () => {
    const query = definitionsOf(sdl).get('Query');
    const served = fieldsOf(definitions.get('Query')).filter(({ name }) => !/^nodes?$/.test(name.value));
    expect(namesOf(fieldsOf(query))).toEqual(namesOf(served));
    expect(served.length).toBe(fieldsOf(definitions.get('Query')).length - 2);
  });

  test('shares PageInfo, and has a SIM found by its SID', () => {
    const directives = (name: string) => {
      const type = definitionsOf(sdl).get(name);
      return type && 'directives' in type ? type.directives?.map((directive) => print(directive)) : [];
    };
    expect(directives('PageInfo')).toEqual(['@shareable']);
    expect(directives('Sim')).toContain('@key(fields: "sid")');
  });
});
