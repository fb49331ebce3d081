import { describe, expect, it } from 'vitest';
import { judgeCallbackUrl } from '../src/config/callback-hosts.js';
import { readConfig } from '../src/config/index.js';

describe('LIVE_CALLBACK_HOSTS', () => {
  const verdict = (hosts: string, url: string) =>
    judgeCallbackUrl(readConfig({ LIVE_CALLBACK_HOSTS: hosts }).liveCallbackHosts, new URL(url));

  it.each<[hosts: string, url: string]>([
    ['router.test', 'https://router.test/callback/1'],
    ['router.test', 'https://router.test:4000/callback/1'],
    ['router.test:4000', 'https://router.test:4000/'],
    ['router.test:443', 'https://router.test/'],
    ['Router.TEST', 'https://rOUTER.test/'],
    ['a.test, router.test:4000', 'https://router.test:4000/'],
    ['http://router.test', 'http://router.test:4000/'],
    ['http://router.test', 'https://router.test/'],
    ['http://router.test:80', 'http://router.test/'],
    ['router.test,http://router.test:4000', 'http://router.test:4000/'],
    ['127.0.0.1:4000', 'http://127.0.0.1:4000/'],
    ['127.1:4000', 'http://2130706433:4000/'],
    ['localhost', 'http://localhost:4000/'],
    ['[::1]:4000', 'http://[0:0::1]:4000/'],
    ['my_router', 'https://my_router/'],
  ])('%s allows %s', (hosts, url) => {
    expect(verdict(hosts, url)).toBe('allowed');
  });

  it.each<[hosts: string, url: string]>([
    ['', 'https://router.test/'],
    ['router.test', 'https://router.test.evil.test/'],
    ['router.test', 'https://evil.test/router.test'],
    ['router.test', 'https://router.test@evil.test/'],
    ['router.test', 'https://evil.test/#@router.test'],
    ['router.test', 'https://evil.test\\@router.test/'],
    ['router.test', 'https://a.router.test/'],
    ['router.test:4000', 'https://router.test/'],
    ['router.test:4000', 'https://router.test:4001/'],
    ['127.0.0.1', 'http://127.0.0.2/'],
  ])('%s does not have the host of %s', (hosts, url) => {
    expect(verdict(hosts, url)).toBe('unknown host');
  });

  it.each<[hosts: string, url: string]>([
    ['router.test', 'http://router.test/'],
    ['router.test,http://router.test:4000', 'http://router.test:5000/'],
    ['127.evil.test', 'http://127.evil.test/'],
  ])('%s does not allow %s without TLS', (hosts, url) => {
    expect(verdict(hosts, url)).toBe('plaintext');
  });

  it.each([
    'router.test/callback',
    'https://router.test',
    'router.test:',
    'router.test:0',
    'router.test:65536',
    'user@router.test',
    '*.router.test',
    '::1',
    '1.2.3.999',
    'a.test,,b.test',
  ])('says what was expected in place of %s', (hosts) => {
    expect(() => readConfig({ LIVE_CALLBACK_HOSTS: hosts })).toThrow(
      /^LIVE_CALLBACK_HOSTS: expected hosts such as /,
    );
  });
});
