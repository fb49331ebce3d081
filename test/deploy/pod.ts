import { basename } from 'node:path';
import { readVariablesFile, readYaml } from './files.js';

export const FOLDER = 'deploy/kubernetes';

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly image: string;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly securityContext: unknown;
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

export interface Selector {
  readonly matchLabels: Readonly<Record<string, string>>;
}

interface Deployment {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly selector: Selector;
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly serviceAccountName: string;
        readonly automountServiceAccountToken: boolean;
        readonly terminationGracePeriodSeconds: number;
        readonly securityContext: Readonly<Record<string, unknown>>;
        readonly topologySpreadConstraints: readonly { readonly labelSelector: Selector }[];
        readonly containers: readonly [Container];
        readonly volumes: readonly [
          { readonly name: string; readonly secret: { readonly secretName: string } },
        ];
      };
    };
  };
}

export const deployment = readYaml<Deployment>(`${FOLDER}/deployment.yaml`);
export const pod = deployment.spec.template.spec;
export const [container] = pod.containers;

export const secret = readYaml<{
  readonly metadata: { readonly name: string };
  readonly stringData: Readonly<Record<string, string>>;
}>(`${FOLDER}/options/secret.yaml`);

/** Variables of the container: those of the generated ConfigMap, and its own. */
export const variables: Readonly<Record<string, string>> = {
  ...readVariablesFile(`${FOLDER}/settings.env`),
  ...Object.fromEntries(container.env.map(({ name, value }) => [name, value])),
};

/** The same, with the secrets themselves instead of the files that they are in. */
export const variablesWithSecrets: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(variables).map(([name, value]) =>
    name.endsWith('_FILE')
      ? [name.slice(0, -'_FILE'.length), secret.stringData[basename(value)] ?? '']
      : [name, value],
  ),
);

/** The metric that the number of pods follows. */
export interface PodMetric {
  readonly metric: { readonly name: string };
  readonly target: { readonly averageValue: string };
}

export const autoscaler = readYaml<{
  readonly spec: {
    readonly scaleTargetRef: unknown;
    readonly minReplicas: number;
    readonly metrics: readonly { readonly pods?: PodMetric }[];
  };
}>(`${FOLDER}/horizontal-pod-autoscaler.yaml`);

/**
 * The metric that the number of pods follows beside the CPU.
 *
 * @throws {Error} when there is none
 */
export function podMetric(): PodMetric {
  const found = autoscaler.spec.metrics.find(({ pods }) => pods !== undefined)?.pods;
  if (found === undefined) throw new Error('expected a metric of type Pods');
  return found;
}
