import type { YogaServerOptions } from 'graphql-yoga';
import type { HttpContext } from '../../http/context.js';
import type { GatewayContext } from '../context.js';

/** A Yoga plugin of the gateway's types. */
export type GatewayPlugin = NonNullable<YogaServerOptions<HttpContext, GatewayContext>['plugins']>[number];

/** A plugin in Yoga's pipeline. The fast path does not run the pipeline, so each plugin says what that means for it. */
export interface PipelinePlugin {
  readonly plugin: GatewayPlugin;
  /**
   * Why the plugin need not take part in requests that the fast path serves: how its rule holds there. `null`: it has to
   * take part in every request, and the fast path is switched off.
   */
  readonly onFastPath: string | null;
}
