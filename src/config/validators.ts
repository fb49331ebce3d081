import { makeValidator } from 'envalid';
import { isLoopback } from './hosts.js';
import { parseTokens } from './tokens.js';

export const httpUrl = makeValidator((text) => {
  if (!isUrl(text, ['http:', 'https:'])) throw new Error('expected an http(s) URL');
  return text.replace(/\/+$/, '');
});

/** Keys that come in clear can be swapped on the way, and then anybody signs tokens. */
export const jwksUrl = makeValidator((text) => {
  const secure = isUrl(text, ['https:']) || (isUrl(text, ['http:']) && isLoopback(new URL(text).hostname));
  if (!secure) throw new Error('expected an https URL (http only on a loopback host)');
  return text;
});

/** Its password must not show in the message. */
export const redisUrl = makeValidator((text) => {
  if (!isUrl(text, ['redis:', 'rediss:'])) throw new Error('expected a redis:// or rediss:// URL');
  return text;
});

export const count = (min: number, max: number) =>
  makeValidator((text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new Error(`expected an integer from ${min} to ${max}`);
    }
    return value;
  });

const MINUTES = 60_000;
export const milliseconds = count(1, 60 * MINUTES);
export const cacheAge = count(0, 24 * 60 * MINUTES);

export const onOff = makeValidator((text) => {
  if (/^(true|on|1|yes)$/i.test(text)) return true;
  if (/^(false|off|0|no)$/i.test(text)) return false;
  throw new Error('expected on or off');
});

export const origins = makeValidator((text) =>
  text.split(',').map((entry) => {
    const origin = entry.trim();
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new Error('expected origins such as https://app.example.com, with commas between them');
    }
    return origin;
  }),
);

export const staticTokens = makeValidator(parseTokens);

function isUrl(text: string, protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol);
}
