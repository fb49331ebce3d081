import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.mjs';
import { argumentsOf, commandOf, copiesOf, lint, readStages } from './dockerfile.js';
import { read } from './files.js';
import { Image } from './image.js';
import { pod, container as podContainer, podMetric, secret, variables } from './pod.js';

const stages = readStages();
const last = stages.at(-1);
if (last === undefined) throw new Error('expected a stage');

describe('Dockerfile', () => {
  it('has no problems that the linter finds', () => {
    expect(lint()).toEqual([]);
  });

  it('starts the gateway with the flags of npm start', () => {
    const { start } = JSON.parse(read('package.json')).scripts;
    const [, flags = ''] = /^exec node (.*?) \|\|/.exec(start) ?? [];
    const [, ...args] = commandOf(last, 'ENTRYPOINT');
    expect(args).toEqual(flags.split(' '));
  });

  it('needs no shell in the image', () => {
    expect(last.instructions.map((instruction) => instruction.getKeyword())).not.toContain('RUN');
    expect(() => commandOf(last, 'ENTRYPOINT')).not.toThrow();
    expect(() => commandOf(last, 'HEALTHCHECK')).not.toThrow();
  });

  it('names a user who is not root by number, the one of the pods', () => {
    const { runAsUser, runAsGroup } = pod.securityContext;
    expect(argumentsOf(last, 'USER')).toBe(`${runAsUser}:${runAsGroup}`);
    expect(argumentsOf(last, 'USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  it('names the versions of its base images', () => {
    for (const { image } of stages) expect(image).toMatch(/^node:\d+-|\/nodejs\d+-debian\d+:nonroot$/);
  });

  it('builds and runs on the same line of Node', () => {
    expect(new Set(stages.map(({ image }) => /(?:node:|nodejs)(\d+)-/.exec(image)?.[1])).size).toBe(1);
  });

  it('gets from the context exactly what .dockerignore lets through', () => {
    const copied = stages
      .flatMap(copiesOf)
      .filter(({ from }) => from === undefined)
      .flatMap(({ sources }) => sources);
    const rules = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(new Set(rules)).toEqual(new Set(['*', ...copied.map((path) => `!${path.replace('./', '')}`)]));
  });
});

describe('Image', () => {
  let image: Image;
  let secrets: string;

  beforeAll(async () => {
    image = await Image.build();
    secrets = await writeSecrets();
  }, 120_000);
  afterAll(async () => {
    await image.remove();
    await rm(secrets, { recursive: true });
  });

  it('serves the sandbox on every address as another user, and ends on SIGTERM', async () => {
    const port = String(await freePort());
    const container = image.run({ PORT: port });
    expect(JSON.parse(await container.line('"listening"')).url).toBe(`http://0.0.0.0:${port}`);
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ sims(first: 1) { nodes { sid } } }' }),
    });
    expect(await response.json()).toMatchObject({ data: { sims: { nodes: [{ sid: expect.any(String) }] } } });
    container.signal('SIGTERM');
    expect(await container.exit).toBe(0);
  });

  it('is healthy while it serves, and not after that', async () => {
    const port = String(await freePort());
    const container = image.run({ PORT: port });
    await container.line('"listening"');
    expect(await container.checkHealth()).toBe(0);
    container.signal('SIGTERM');
    await container.exit;
    expect(await container.checkHealth()).toBe(1);
  });

  it('does not open a real account without authentication', async () => {
    const container = image.run({ TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 'auth-token' });
    expect(await container.exit).toBe(1);
    expect(container.errors()).toMatch(/^GATEWAY_AUTH: [^\n]+\n$/);
  });

  it('serves probes and metrics to whoever reaches the internal port, with the variables of a pod', async () => {
    const [port, internal] = [String(await freePort()), String(await freePort())];
    const container = image.run({
      ...variables,
      ...filesIn(secrets),
      PORT: port,
      INTERNAL_PORT: internal,
    });
    await container.line('"listening"');
    const { startupProbe, livenessProbe, readinessProbe } = podContainer;
    for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe]) {
      expect((await fetch(`http://127.0.0.1:${internal}${httpGet.path}`)).status).toBe(200);
    }
    const metrics = await (await fetch(`http://127.0.0.1:${internal}/metrics`)).text();
    expect(metrics).toContain(`\n${podMetric().metric.name} 0\n`);
    const query = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
    expect((await fetch(`http://127.0.0.1:${port}/graphql`, query)).status).toBe(401);
    expect(await container.checkHealth()).toBe(0);
    container.signal('SIGTERM');
    expect(await container.exit).toBe(0);
  });
});

/** Writes the secrets of a pod into files, and returns their folder. */
async function writeSecrets(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  await chmod(folder, 0o755);
  for (const [key, value] of Object.entries(secret.stringData)) await writeFile(join(folder, key), value);
  return folder;
}

/** The variables of a pod that name files, with the files in another folder. */
function filesIn(folder: string): Readonly<Record<string, string>> {
  const files = Object.entries(variables).filter(([name]) => name.endsWith('_FILE'));
  return Object.fromEntries(files.map(([name, path]) => [name, join(folder, basename(path))]));
}
