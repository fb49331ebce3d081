import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PageRef } from '../../src/pagination/page.js';
import { PageUrlError, pageQuery, readPageUrl } from '../../src/upstream/decode/page-url.js';

const path = '/v1/Sims/DE1/DataSessions';
const bases = ['https://wireless.example.com'];
const list = `https://wireless.example.com${path}`;

const read = (url: string, from = bases) => readPageUrl(url, { path, bases: from }, 50);

/** The page, or what is wrong with the URL. */
function told(url: string): unknown {
  try {
    return read(url);
  } catch (error) {
    return error;
  }
}

/** Text that a URL can carry: a half surrogate pair is none. */
const urlText = fc.oneof(
  fc.string({ unit: 'binary' }).filter((text) => !/\p{Surrogate}/u.test(text)),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('PADE==', 'a+b/c', 'a b', '%2F', '&Page=9', '#', '?', ';', 'é', '\0'),
);
const pages: fc.Arbitrary<PageRef> = fc.record({
  size: fc.integer({ min: 1, max: 1000 }),
  page: fc.option(urlText),
  token: fc.option(urlText.filter((token) => token !== '')),
});

describe('a page URL of the list', () => {
  test('gives back the page that its query was made of, whatever the token’s alphabet', () => {
    fc.assert(
      fc.property(pages, (page) => {
        expect(read(`${list}?${pageQuery(page)}`)).toEqual(page);
      }),
      { numRuns: 1000 },
    );
  });

  test('means the same however its host is spelled, whatever its query', () => {
    const spelled = list.replace('https://wireless', 'HTTPS://Wireless');
    const queries = fc.array(
      fc.oneof(urlText, fc.constantFrom('&', '=', '&PageToken=', '%', '+', '\t', '\n', '#')),
    );
    fc.assert(
      fc.property(queries, (parts) => {
        const query = parts.join('');
        expect(told(`${list}?PageToken=${query}`)).toEqual(told(`${spelled}?PageToken=${query}`));
      }),
      { numRuns: 2000 },
    );
  });

  test('may have its parameters in any order, and others beside them', () => {
    expect(read(`${list}?PageToken=PA&Granularity=all&Page=1&PageSize=20#x`)).toEqual({
      size: 20,
      page: '1',
      token: 'PA',
    });
  });

  test('means the size that was asked for when it names none', () => {
    expect(read(`${list}?Page=1&PageToken=PA`)).toEqual({ size: 50, page: '1', token: 'PA' });
  });

  test('names the head of the list when it has no token', () => {
    expect(read(list)).toEqual({ size: 50, page: null, token: null });
    expect(read(`${list}?PageToken=&Page=0`)).toEqual({ size: 50, page: '0', token: null });
  });

  test.each([
    ['a prefix', 'https://proxy.example.com/wireless', 'https://proxy.example.com/wireless'],
    [
      'a prefix and a slash at its end',
      'https://proxy.example.com/wireless/',
      'https://proxy.example.com/wireless',
    ],
    ['a slash at its end', 'https://wireless.example.com/', 'https://wireless.example.com'],
    ['a port', 'http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ])('may stand on a base with %s', (_, base, written) => {
    expect(read(`${written}${path}?PageToken=PA`, [base]).token).toBe('PA');
  });

  test('may stand on any of the bases', () => {
    const both = ['http://127.0.0.1:8080', ...bases];
    expect(read(`${list}?PageToken=PA`, both).token).toBe('PA');
    expect(read(`http://127.0.0.1:8080${path}?PageToken=PA`, both).token).toBe('PA');
  });
});

describe('a page URL that must not be followed', () => {
  test.each([
    ['another scheme', `http://wireless.example.com${path}`],
    ['another host', `https://evil.example.com${path}`],
    ['a host that begins alike', `https://wireless.example.com.evil.example${path}`],
    ['a host that ends alike', `https://evil-wireless.example.com${path}`],
    ['another port', `https://wireless.example.com:8443${path}`],
    ['a user', `https://user@wireless.example.com${path}`],
    ['a user and a password', `https://user:secret@wireless.example.com${path}`],
    ['a password', `https://:secret@wireless.example.com${path}`],
    ['the host as a user', `https://wireless.example.com@evil.example${path}`],
    ['another list', 'https://wireless.example.com/v1/Sims/DE2/DataSessions'],
    ['another resource', 'https://wireless.example.com/v1/Sims/DE1/UsageRecords'],
    ['a longer path', `${list}/`],
    ['a path in front', `https://wireless.example.com/x${path}`],
    ['no path', 'https://wireless.example.com'],
    ['the path in another case', list.toLowerCase()],
    ['a path that climbs out', `${list}/../../DE2/DataSessions`],
    ['a path that climbs out, encoded', `${list}/%2e%2e/%2E%2E/DE2/DataSessions`],
    ['encoded slashes', 'https://wireless.example.com/v1/Sims%2FDE1%2FDataSessions'],
    ['encoded slashes that climb out', 'https://wireless.example.com/v1/Sims/DE1%2F..%2FDE2/DataSessions'],
    ['an encoded letter', 'https://wireless.example.com/v1/Sims/DE%31/DataSessions'],
    ['a path alone', `${path}?PageToken=PA`],
    ['a host without a scheme', `//wireless.example.com${path}`],
    ['a query alone', '?PageToken=PA'],
    ['a script', `javascript:fetch("${list}")`],
    ['data', 'data:application/json,{}'],
    ['a file', `file://${path}`],
    ['nothing', ''],
    ['no URL', 'next page'],
    ['a size of zero', `${list}?PageSize=0`],
    ['a size below zero', `${list}?PageSize=-50`],
    ['a size that is no number', `${list}?PageSize=all`],
    ['an empty size', `${list}?PageSize=`],
    ['a size that is no integer', `${list}?PageSize=1.5`],
  ])('has %s', (_, url) => {
    expect(() => read(url)).toThrow(PageUrlError);
  });

  test('is not repeated in the error, which clients may see', () => {
    for (const url of ['https://user:secret@evil.example/path', 'secret', `${list}?PageSize=secret`]) {
      expect(() => read(url)).toThrow(
        expect.objectContaining({ message: expect.not.stringMatching(/secret|evil/) }),
      );
    }
  });

  test('is refused or is a page of this list, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'grapheme' }), fc.webUrl({ withQueryParameters: true })),
        (url) => {
          expect(() => read(url)).toThrow(PageUrlError);
        },
      ),
      { numRuns: 500 },
    );
  });
});
