import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PageRef } from '../../src/pagination/page.js';
import { PageUrlError, pageQuery, readPageUrl } from '../../src/upstream/decode/page-url.js';

const path = '/v1/Sims/DE1/DataSessions';
const bases = ['https://wireless.example.com'] as const;
/** Matches the other host names of the API. */
const isAlias = (hostname: string) => /^wireless(\.\w+)*\.vendor\.example$/.test(hostname);
const list = `https://wireless.example.com${path}`;

const read = (url: string, from: readonly [string, ...string[]] = bases) =>
  readPageUrl(url, { path, bases: from, isAlias }, 50);

/** Returns the page reference, or the error. */
function readOrError(url: string): unknown {
  try {
    return read(url);
  } catch (error) {
    return error;
  }
}

/** Strings that a URL can contain: no lone surrogates. */
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

describe('readPageUrl', () => {
  test('returns the page reference that pageQuery has encoded, whatever the alphabet of the token', () => {
    fc.assert(
      fc.property(pages, (page) => {
        expect(read(`${list}?${pageQuery(page)}`)).toEqual(page);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['with http instead of https', `http://wireless.example.com${path}`],
    ['with the default port', `https://wireless.example.com:443${path}`],
    ['with http and the default port of https', `http://wireless.example.com:443${path}`],
    ['with https and the default port of http', `https://wireless.example.com:80${path}`],
    ['without a scheme', `//wireless.example.com${path}`],
    ['as a path', path],
    ['as a query', ''],
    ['on an alias', `https://wireless.vendor.example${path}`],
    ['on a regional alias', `https://wireless.dublin.ie1.vendor.example${path}`],
    ['on an alias with http', `http://wireless.vendor.example:80${path}`],
  ])('accepts a page URL %s', (_, url) => {
    expect(read(`${url}?PageSize=20&Page=1&PageToken=PA%2B`)).toEqual({ size: 20, page: '1', token: 'PA+' });
  });

  test.each([
    ['http://127.0.0.1:8080', `https://127.0.0.1:8080${path}`],
    ['https://proxy.example.com/prefix', `https://proxy.example.com${path}`],
    ['https://proxy.example.com/prefix/', `http://proxy.example.com/prefix${path}`],
    ['https://proxy.example.com/prefix', path],
    ['https://proxy.example.com/prefix', `/prefix${path}`],
    ['https://proxy.example.com/prefix', '?'],
  ])('accepts, for the base %s, the URL %s', (base, url) => {
    expect(read(`${url}${url.includes('?') ? '' : '?'}PageToken=PA`, [base]).token).toBe('PA');
  });

  test('ignores the case of scheme and host, whatever the query', () => {
    const spelled = list.replace('https://wireless', 'HTTPS://Wireless');
    const queries = fc.array(
      fc.oneof(urlText, fc.constantFrom('&', '=', '&PageToken=', '%', '+', '\t', '\n', '#')),
    );
    fc.assert(
      fc.property(queries, (parts) => {
        const query = parts.join('');
        expect(readOrError(`${list}?PageToken=${query}`)).toEqual(
          readOrError(`${spelled}?PageToken=${query}`),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('accepts parameters in any order, and keeps unknown ones', () => {
    expect(read(`${list}?PageToken=PA&State=all&Page=1&X=&PageSize=20#x`)).toEqual({
      size: 20,
      page: '1',
      token: 'PA',
      others: 'State=all&X=',
    });
  });

  test('decodes parameters as URLSearchParams does', () => {
    const parts = fc.array(
      fc.constantFrom(
        '%',
        '+',
        '%2B',
        '%20',
        '%C3%A9',
        '%EF%BB%BF',
        '%FF',
        '%ed%a0%80',
        '=',
        'a',
        '%zz',
        '%0',
      ),
    );
    fc.assert(
      fc.property(parts, (parts) => {
        const query = `PageToken=x${parts.join('')}`;
        expect(read(`${list}?${query}`).token).toBe(new URLSearchParams(query).get('PageToken'));
      }),
      { numRuns: 1000 },
    );
  });

  test('defaults to the page size of the request', () => {
    expect(read(`${list}?Page=1&PageToken=PA`)).toEqual({ size: 50, page: '1', token: 'PA' });
  });

  test('returns the first page for a URL without a page token', () => {
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
  ])('accepts a base with %s', (_, base, written) => {
    expect(read(`${written}${path}?PageToken=PA`, [base]).token).toBe('PA');
  });

  test('accepts any of the bases', () => {
    const both = ['http://127.0.0.1:8080', ...bases] as const;
    expect(read(`${list}?PageToken=PA`, both).token).toBe('PA');
    expect(read(`http://127.0.0.1:8080${path}?PageToken=PA`, both).token).toBe('PA');
  });
});

describe('readPageUrl with an invalid URL', () => {
  test.each([
    ['another host', `https://evil.example.com${path}`],
    ['another host and no scheme', `//evil.example.com${path}`],
    ['another host after backslashes', `/\\evil.example.com${path}`],
    ['another scheme', `ftp://wireless.example.com${path}`],
    ['a scheme of sockets', `wss://wireless.example.com${path}`],
    ['an alias on another port', `https://wireless.vendor.example:8443${path}`],
    ['an alias as a user', `https://wireless.vendor.example@evil.example${path}`],
    ['a user on an alias', `https://user@wireless.vendor.example${path}`],
    ['a host that ends like an alias', `https://evil-wireless.vendor.example${path}`],
    ['a host that begins with an alias', `https://wireless.vendor.example.evil.example${path}`],
    ['another list on an alias', 'https://wireless.vendor.example/v1/Sims/DE2/DataSessions'],
    ['a path prefix on an alias', `https://wireless.vendor.example/x${path}`],
    ['another list without a host', '/v1/Sims/DE2/DataSessions?PageToken=PA'],
    ['a path without a host that leaves the list', `${path}/../../DE2/DataSessions?PageToken=PA`],
    ['a path that is relative to another', 'DataSessions?PageToken=PA'],
    ['a host with the same prefix', `https://wireless.example.com.evil.example${path}`],
    ['a host with the same suffix', `https://evil-wireless.example.com${path}`],
    ['another port', `https://wireless.example.com:8443${path}`],
    ['a user', `https://user@wireless.example.com${path}`],
    ['a user and a password', `https://user:secret@wireless.example.com${path}`],
    ['a password', `https://:secret@wireless.example.com${path}`],
    ['the host as a user', `https://wireless.example.com@evil.example${path}`],
    ['another list', 'https://wireless.example.com/v1/Sims/DE2/DataSessions'],
    ['another resource', 'https://wireless.example.com/v1/Sims/DE1/UsageRecords'],
    ['a longer path', `${list}/`],
    ['a path prefix', `https://wireless.example.com/x${path}`],
    ['no path', 'https://wireless.example.com'],
    ['the path in another case', list.toLowerCase()],
    ['a path that leaves the list', `${list}/../../DE2/DataSessions`],
    ['a path that leaves the list, encoded', `${list}/%2e%2e/%2E%2E/DE2/DataSessions`],
    ['encoded slashes', 'https://wireless.example.com/v1/Sims%2FDE1%2FDataSessions'],
    [
      'encoded slashes that leave the list',
      'https://wireless.example.com/v1/Sims/DE1%2F..%2FDE2/DataSessions',
    ],
    ['an encoded letter', 'https://wireless.example.com/v1/Sims/DE%31/DataSessions'],
    ['a script', `javascript:fetch("${list}")`],
    ['data', 'data:application/json,{}'],
    ['a file', `file://${path}`],
    ['an empty string', ''],
    ['an arbitrary string', 'next page'],
    ['a size of zero', `${list}?PageSize=0`],
    ['a negative size', `${list}?PageSize=-50`],
    ['a size that is not a number', `${list}?PageSize=all`],
    ['an empty size', `${list}?PageSize=`],
    ['a size that is not an integer', `${list}?PageSize=1.5`],
  ])('rejects %s', (_, url) => {
    expect(() => read(url)).toThrow(PageUrlError);
  });

  test('does not quote the URL in the error, which clients may see', () => {
    for (const url of ['https://user:secret@evil.example/path', 'secret', `${list}?PageSize=secret`]) {
      expect(() => read(url)).toThrow(
        expect.objectContaining({ message: expect.not.stringMatching(/secret|evil/) }),
      );
    }
  });

  test('rejects arbitrary strings, except a query of this list', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'grapheme' }), fc.webUrl({ withQueryParameters: true })),
        (url) => {
          const answer = readOrError(url);
          // A query without a path is relative to the list itself.
          if (url.startsWith('?'))
            expect(answer).toBeOneOf([
              expect.any(PageUrlError),
              expect.objectContaining({ size: expect.any(Number) }),
            ]);
          else expect(answer).toBeInstanceOf(PageUrlError);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('unknown parameters of a page URL', () => {
  /** Parts of a query: any bytes, in valid or invalid encoding, repeated names, empty values. */
  const encoded = fc.stringMatching(/^[A-Za-z0-9._~%+!$(),:;@?[\]{}|^-]{0,12}$/);
  const isPaging = (parameter: string) =>
    ['PageSize', 'Page', 'PageToken'].includes([...new URLSearchParams(parameter).keys()][0] ?? '');
  const other = fc
    .oneof(
      encoded,
      fc.tuple(encoded, encoded).map((pair) => pair.join('=')),
      fc.constantFrom(
        'State=a%20b',
        'State=',
        'State',
        '=',
        '=x',
        'a=b=c',
        'x=%FF%00',
        'x=%zz',
        'page=1',
        'pageToken=x',
      ),
      fc
        .uint8Array({ maxLength: 12 })
        .map((bytes) => `b=${[...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')}`),
    )
    .filter((parameter) => parameter !== '' && !isPaging(parameter));
  const others = fc.array(other, { minLength: 1, maxLength: 16 });

  test('are kept with the page token, in their order and encoding', () => {
    fc.assert(
      fc.property(pages, others, fc.nat(), (page, others, seed) => {
        const paging = pageQuery(page).split('&');
        const mixed = [...others];
        for (const [at, parameter] of paging.entries())
          mixed.splice((seed >> at) % (mixed.length + 1), 0, parameter);
        const ref = read(`${list}?${mixed.join('&')}`);
        expect(ref).toEqual({ ...page, others: others.join('&') });
        expect(pageQuery(ref)).toBe(`${pageQuery(page)}&${others.join('&')}`);
        expect(read(`${list}?${pageQuery(ref)}`)).toEqual(ref);
      }),
      { numRuns: 1000 },
    );
  });

  test('are encoded where a URL requires it', () => {
    expect(read(`${list}?PageToken=PA&State=ä b"`).others).toBe('State=%C3%A4%20b%22');
  });

  test.each([
    ['an encoded paging parameter', 'Page%53ize=20&PageToken=PA', { size: 20, page: null, token: 'PA' }],
    ['a repeated paging parameter', 'PageToken=PA&PageToken=PB', { size: 50, page: null, token: 'PA' }],
    ['empty parameters', '&&PageToken=PA&', { size: 50, page: null, token: 'PA' }],
  ])('exclude %s', (_, query, page) => {
    expect(read(`${list}?${query}`)).toEqual(page);
  });

  test('exclude the fixed parameters of the list', () => {
    const address = { path, bases, isAlias, parameters: ['Status'] };
    const query = 'Status=ready&PageToken=PA&State=x&St%61tus=active';
    expect(readPageUrl(`${list}?${query}`, address, 50)).toEqual({
      size: 50,
      page: null,
      token: 'PA',
      others: 'State=x',
    });
  });

  test.each([
    ['16 parameters', Array.from({ length: 16 }, () => 'a=').join('&'), true],
    ['17 parameters', Array.from({ length: 17 }, () => 'a=').join('&'), false],
    ['1,024 characters', `a=${'x'.repeat(1022)}`, true],
    ['1,025 characters', `a=${'x'.repeat(1023)}`, false],
  ])('are limited in number and length: %s', (_, others, accepted) => {
    const answer = readOrError(`${list}?PageToken=PA&${others}`);
    if (accepted) expect(answer).toMatchObject({ token: 'PA', others });
    else expect(answer).toBeInstanceOf(PageUrlError);
  });
});

test('pageQuery returns different queries for different pages', () => {
  const keyed = fc.record({
    size: fc.integer({ min: 1, max: 3 }),
    page: fc.option(urlText),
    token: fc.option(urlText.filter((token) => token !== '')),
  });
  fc.assert(
    fc.property(keyed, keyed, (one, other) => {
      if (pageQuery(one) === pageQuery(other)) expect(one).toEqual(other);
    }),
  );
  expect(pageQuery({ size: 1, page: 'a b', token: 'c' })).not.toBe(
    pageQuery({ size: 1, page: 'a', token: 'b c' }),
  );
});
