import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention';
import type { Config } from '../../config/index.js';
import { useChunkedBodyLimit } from '../../guards/body-limit.js';
import { CSRF_HEADERS } from '../../http/graphql-handler.js';
import type { Guard } from '../../http/guard.js';
import type { SharedPolicies } from '../policies.js';
import { useCostLimit } from './cost-limit.js';
import { useDefer } from './defer.js';
import { useDisableIntrospection } from './disable-introspection.js';
import { useDocumentLimits } from './document-limits/index.js';
import { useErrorOrder } from './error-order.js';
import { useGuards } from './guards.js';
import { useInlineTrace } from './inline-trace/index.js';
import { useJsonParameters } from './json-parameters.js';
import { useOperationName } from './operation-name.js';
import { usePersistedOperations } from './persisted-operations.js';
import type { GatewayPlugin, PipelinePlugin } from './pipeline-plugin.js';
import { type SubscriptionParts, useSubscriptions } from './subscriptions/index.js';
import { useTelemetry } from './telemetry.js';
import { useUpstreamExtension } from './upstream-extension.js';

const ACCEPTED = 'an operation is only compiled after Yoga has accepted its document';
const PARAMETERS = 'the fast path reads the parameters in the same way, and leaves all others to Yoga';

/**
 * The pipeline of Yoga: the order of the plugins is the order in which they handle a request.
 *
 * @param recordExecutions - plugin of the fast path; `null`: there is no fast path
 * @param additional - plugins at the end of the pipeline
 */
export function pipeline(
  config: Config,
  guards: readonly Guard[],
  policies: SharedPolicies,
  recordExecutions: GatewayPlugin | null,
  subscriptions: SubscriptionParts,
  additional: readonly PipelinePlugin[],
): GatewayPlugin[] {
  const { maskError, telemetry, tracesDocuments, persistedDocuments, maxUpstreamRequests } = policies;
  const plugins: readonly (PipelinePlugin | false)[] = [
    {
      plugin: useTelemetry(telemetry, tracesDocuments),
      onFastPath: 'the fast path calls the same telemetry',
    },
    { plugin: useGuards(guards), onFastPath: 'the guards run before either path is chosen' },
    {
      plugin: useCSRFPrevention({ requestHeaders: [...CSRF_HEADERS] }),
      onFastPath: 'a request that a page of another site could send is left to Yoga',
    },
    { plugin: useChunkedBodyLimit(), onFastPath: 'a body of unknown length is left to Yoga' },
    { plugin: useJsonParameters(), onFastPath: PARAMETERS },
    { plugin: useOperationName(), onFastPath: PARAMETERS },
    {
      plugin: usePersistedOperations(persistedDocuments),
      onFastPath: 'the fast path uses the same documents',
    },
    { plugin: useDocumentLimits(), onFastPath: ACCEPTED },
    !config.introspection && { plugin: useDisableIntrospection(), onFastPath: ACCEPTED },
    { plugin: useCostLimit(maxUpstreamRequests), onFastPath: 'the fast path calls the same estimate' },
    recordExecutions !== null && { plugin: recordExecutions, onFastPath: 'it is the fast path' },
    {
      plugin: useSubscriptions(subscriptions, policies),
      onFastPath: 'a subscription is not compiled',
    },
    { plugin: useDefer(maskError), onFastPath: 'an operation with @defer is not compiled' },
    { plugin: useErrorOrder(), onFastPath: 'the fast path orders errors by the same function' },
    { plugin: useInlineTrace(), onFastPath: 'a request for a trace is left to Yoga' },
    { plugin: useUpstreamExtension(), onFastPath: 'the fast path writes the same extension' },
    ...additional,
  ];
  return plugins.filter((entry) => entry !== false).map(({ plugin }) => plugin);
}
