import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/index.js';
import { read, readYaml, yamlFilesOf } from './files.js';
import { type KubernetesObject, unknownMembers, validate } from './kubernetes-schemas.js';
import {
  autoscaler,
  container,
  deployment,
  FOLDER,
  pod,
  podMetric,
  type Selector,
  secret,
  variables,
  variablesWithSecrets,
} from './pod.js';

const RESOURCES = yamlFilesOf(FOLDER).filter((path) => !path.endsWith('/kustomization.yaml'));
const OPTIONAL = [`${FOLDER}/options/pod-monitor.yaml`, `${FOLDER}/options/secret.yaml`];
const OBJECTS = [...RESOURCES, ...OPTIONAL];

interface NetworkPolicy {
  readonly spec: {
    readonly podSelector: Selector;
    readonly ingress: readonly { readonly ports: readonly { readonly port: string }[] }[];
  };
}

const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
const policy = readYaml<NetworkPolicy>(`${FOLDER}/network-policy.yaml`);

describe('Kubernetes manifests, schemas', () => {
  it.each(OBJECTS)('%s is valid', async (path) => {
    await expect(validate(readYaml(path))).resolves.toBeUndefined();
  });

  it('have no members that Kubernetes does not know', () => {
    const objects = OBJECTS.map((path) => [path, readYaml<KubernetesObject>(path)] as const);
    expect(unknownMembers(Object.fromEntries(objects))).toEqual([]);
  });
});

describe('Kubernetes manifests, references', () => {
  const kustomization = readYaml<{
    readonly namespace: string;
    readonly resources: readonly string[];
    readonly configMapGenerator: readonly { readonly name: string; readonly envs: readonly string[] }[];
    readonly images: readonly { readonly name: string; readonly newTag: string }[];
  }>(`${FOLDER}/kustomization.yaml`);

  it('are all applied by the kustomization', () => {
    expect(kustomization.resources.map((name) => `${FOLDER}/${name}`).sort()).toEqual(RESOURCES);
  });

  it('have one namespace, also those that are applied apart', () => {
    const namespaces = OPTIONAL.map((path) => readYaml<{ metadata: { namespace: string } }>(path));
    const { metadata } = readYaml<{ metadata: { name: string } }>(`${FOLDER}/namespace.yaml`);
    expect(metadata.name).toBe(kustomization.namespace);
    expect(namespaces.map(({ metadata: { namespace } }) => namespace)).toEqual(
      OPTIONAL.map(() => kustomization.namespace),
    );
  });

  it('name the image by the version of the package', () => {
    expect(kustomization.images).toEqual([
      expect.objectContaining({ name: container.image, newTag: JSON.parse(read('package.json')).version }),
    ]);
  });

  it('read the settings that the kustomization generates', () => {
    const [generated] = kustomization.configMapGenerator;
    expect(container).toMatchObject({ envFrom: [{ configMapRef: { name: generated?.name } }] });
    expect(generated?.envs).toEqual(['settings.env']);
  });

  it('select the pods of the deployment', () => {
    const { labels } = deployment.spec.template.metadata;
    const { spec: service } = readYaml<{ spec: { selector: unknown } }>(`${FOLDER}/service.yaml`);
    const budget = readYaml<{ spec: { selector: Selector } }>(`${FOLDER}/pod-disruption-budget.yaml`);
    const monitor = readYaml<{ spec: { selector: Selector } }>(`${FOLDER}/options/pod-monitor.yaml`);
    const selectors = [
      deployment.spec.selector,
      budget.spec.selector,
      monitor.spec.selector,
      policy.spec.podSelector,
      ...pod.topologySpreadConstraints.map(({ labelSelector }) => labelSelector),
    ].map(({ matchLabels }) => matchLabels);
    for (const selector of [...selectors, service.selector]) expect(selector).toEqual(labels);
  });

  it('scale and run the deployment under its names', () => {
    const account = readYaml<{ metadata: { name: string } }>(`${FOLDER}/service-account.yaml`);
    expect(pod.serviceAccountName).toBe(account.metadata.name);
    expect(autoscaler.spec.scaleTargetRef).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: deployment.metadata.name,
    });
  });

  it('mount a secret with every file that a variable names', () => {
    const files = Object.entries(variables).filter(([name]) => name.endsWith('_FILE'));
    const [volume] = pod.volumes;
    expect(volume.secret.secretName).toBe(secret.metadata.name);
    const [mount] = container.volumeMounts;
    expect(mount?.name).toBe(volume.name);
    expect(files.map(([, path]) => path).sort()).toEqual(
      Object.keys(secret.stringData)
        .map((key) => `${mount?.mountPath}/${key}`)
        .sort(),
    );
  });
});

describe('Kubernetes manifests, ports', () => {
  it('open the ports that the gateway listens on', () => {
    expect(container.ports).toEqual([
      { name: 'http', containerPort: Number(variables.PORT) },
      { name: 'internal', containerPort: Number(variables.INTERNAL_PORT) },
    ]);
  });

  it('probe and scrape the internal port, and route operations to the other', () => {
    const service = readYaml<{ spec: { ports: { targetPort: string }[] } }>(`${FOLDER}/service.yaml`);
    const monitor = readYaml<{ spec: { podMetricsEndpoints: { port: string }[] } }>(
      `${FOLDER}/options/pod-monitor.yaml`,
    );
    expect(probes.map(({ httpGet }) => httpGet.port)).toEqual(['internal', 'internal', 'internal']);
    expect(monitor.spec.podMetricsEndpoints.map(({ port }) => port)).toEqual(['internal']);
    expect(service.spec.ports.map(({ targetPort }) => targetPort)).toEqual(['http']);
  });

  it('let others in on these ports only', () => {
    const open = policy.spec.ingress.flatMap(({ ports }) => ports.map(({ port }) => port));
    expect(open).toEqual(container.ports.map(({ name }) => name));
  });
});

describe('Kubernetes manifests, stop', () => {
  /** Closing the parts of the gateway takes two seconds at most. */
  const CLOSING_SECONDS = 2;

  it('gives a pod the time to drain, to finish what is in flight and to close', () => {
    const seconds =
      (Number(variables.DRAIN_DELAY_MS) + Number(variables.SHUTDOWN_GRACE_MS)) / 1000 + CLOSING_SECONDS;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(seconds);
  });

  it('lets the longest operation finish', () => {
    const { operationTimeoutMs } = readConfig(variablesWithSecrets);
    expect(Number(variables.SHUTDOWN_GRACE_MS)).toBeGreaterThanOrEqual(operationTimeoutMs);
  });
});

describe('Kubernetes manifests, security', () => {
  it('meet the restricted Pod Security Standard, with a read-only root file system and no token', () => {
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });
});

describe('Kubernetes manifests, scaling', () => {
  it('takes place before a pod rejects operations', () => {
    const { maxInFlight } = readConfig(variablesWithSecrets);
    expect(Number(podMetric().target.averageValue)).toBeLessThan(maxInFlight / 2);
  });

  it('uses the metric that the adapter provides', () => {
    const { rules } = readYaml<{ rules: { custom: { seriesQuery: string }[] } }>(
      `${FOLDER}/options/prometheus-adapter.yaml`,
    );
    const names = rules.custom.map(({ seriesQuery }) => seriesQuery.split('{')[0]);
    expect(names).toEqual([podMetric().metric.name]);
  });

  it('leaves a pod when the disruption budget is used up', () => {
    const budget = readYaml<{ spec: { maxUnavailable: number } }>(`${FOLDER}/pod-disruption-budget.yaml`);
    expect(autoscaler.spec.minReplicas).toBeGreaterThan(budget.spec.maxUnavailable);
  });
});
