import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { judgeCallbackUrl } from '../../src/config/callback-hosts.js';
import { readConfig } from '../../src/config/index.js';
import { block } from './blocks.js';

interface RouterConfig {
  readonly subscription: {
    readonly enabled: boolean;
    readonly mode: { readonly callback: Readonly<Record<string, unknown>> };
  };
}

describe("the router's configuration of HTTP callbacks", () => {
  const { subscription } = parseYaml(block('router-subscriptions.yaml')) as RouterConfig;
  const { public_url: publicUrl, listen, path, subgraphs } = subscription.mode.callback;

  it('has a URL that the command of the gateway allows', () => {
    const variable = /^LIVE_CALLBACK_HOSTS=(\S+) npm start$/m.exec(block('callback-hosts'))?.[1] ?? '';
    const { liveCallbackHosts } = readConfig({ LIVE_CALLBACK_HOSTS: variable });
    // The router appends the ID of the subscription.
    expect(judgeCallbackUrl(liveCallbackHosts, new URL(`${publicUrl}/an-id`))).toBe('allowed');
  });

  it('names the port and the path at which the router listens, and the subgraph alone', () => {
    const { port, pathname } = new URL(String(publicUrl));
    expect([port, pathname]).toEqual([String(listen).split(':').at(-1), path]);
    expect([subscription.enabled, subgraphs]).toEqual([true, ['wireless']]);
  });
});
