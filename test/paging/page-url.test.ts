import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PageRef } from '../../src/pagination/page.js';
import { PageUrlError, pageQuery, readPageUrl } from '../../src/upstream/decode/page-url.js';

const path = '/v1/Sims/DE1/DataSessions';
const bases = ['https://wireless.example.com'] as const;
/** The API's other names. */
const isAlias = (hostname: string) => /^wireless(\.\w+)*\.vendor\.example$/.test(hostname);
const list = `https://wireless.example.com${path}`;

const read = (url: string, from: readonly [string, ...string[]] = bases) =>
  readPageUrl(url, { path, bases: from, isAlias }, 50);

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
  ])('may be written %s', (_, url) => {
    expect(read(`${url}?PageSize=20&Page=1&PageToken=PA%2B`)).toEqual({ size: 20, page: '1', token: 'PA+' });
  });

  test.each([
    ['http://127.0.0.1:8080', `https://127.0.0.1:8080${path}`],
    ['https://proxy.example.com/prefix', `https://proxy.example.com${path}`],
    ['https://proxy.example.com/prefix/', `http://proxy.example.com/prefix${path}`],
    ['https://proxy.example.com/prefix', path],
    ['https://proxy.example.com/prefix', `/prefix${path}`],
    ['https://proxy.example.com/prefix', '?'],
  ])('on the base %s may be %s', (base, url) => {
    expect(read(`${url}${url.includes('?') ? '' : '?'}PageToken=PA`, [base]).token).toBe('PA');
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
    expect(read(`${list}?PageToken=PA&State=all&Page=1&X=&PageSize=20#x`)).toEqual({
      size: 20,
      page: '1',
      token: 'PA',
      others: 'State=all&X=',
    });
  });

  test('is decoded as a form is, whatever is in it', () => {
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
    const both = ['http://127.0.0.1:8080', ...bases] as const;
    expect(read(`${list}?PageToken=PA`, both).token).toBe('PA');
    expect(read(`http://127.0.0.1:8080${path}?PageToken=PA`, both).token).toBe('PA');
  });
});

describe('a page URL that must not be followed', () => {
  test.each([
    ['another host', `https://evil.example.com${path}`],
    ['another host and no scheme', `//evil.example.com${path}`],
    ['another host behind backslashes', `/\\evil.example.com${path}`],
    ['another scheme', `ftp://wireless.example.com${path}`],
    ['a scheme of sockets', `wss://wireless.example.com${path}`],
    ['an alias on another port', `https://wireless.vendor.example:8443${path}`],
    ['an alias as a user', `https://wireless.vendor.example@evil.example${path}`],
    ['a user on an alias', `https://user@wireless.vendor.example${path}`],
    ['a host that ends like an alias', `https://evil-wireless.vendor.example${path}`],
    ['a host that begins with an alias', `https://wireless.vendor.example.evil.example${path}`],
    ['another list on an alias', 'https://wireless.vendor.example/v1/Sims/DE2/DataSessions'],
    ['a path in front on an alias', `https://wireless.vendor.example/x${path}`],
    ['another list without a host', '/v1/Sims/DE2/DataSessions?PageToken=PA'],
    ['a path without a host that climbs out', `${path}/../../DE2/DataSessions?PageToken=PA`],
    ['a path that is relative to another', 'DataSessions?PageToken=PA'],
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
          const answer = told(url);
          // A query alone is relative to the list itself.
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

describe('parameters that are not known', () => {
  /** Text as it may stand in a query: any bytes, encoded well or not, names that repeat, values that are empty. */
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

  test('travel with the token, in their order and as they are written', () => {
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

  test('are encoded where a URL must not have them as they are', () => {
    expect(read(`${list}?PageToken=PA&State=ä b"`).others).toBe('State=%C3%A4%20b%22');
  });

  test.each([
    ['a name of paging that is encoded', 'Page%53ize=20&PageToken=PA', { size: 20, page: null, token: 'PA' }],
    ['a name of paging that repeats', 'PageToken=PA&PageToken=PB', { size: 50, page: null, token: 'PA' }],
    ['nothing between separators', '&&PageToken=PA&', { size: 50, page: null, token: 'PA' }],
  ])('are none of these: %s', (_, query, page) => {
    expect(read(`${list}?${query}`)).toEqual(page);
  });

  test('leave out those that each request for the list has of itself', () => {
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
    ['16 of them', Array.from({ length: 16 }, () => 'a=').join('&'), true],
    ['17 of them', Array.from({ length: 17 }, () => 'a=').join('&'), false],
    ['1,024 characters of them', `a=${'x'.repeat(1022)}`, true],
    ['1,025 characters of them', `a=${'x'.repeat(1023)}`, false],
  ])('are carried along within bounds: %s', (_, others, carried) => {
    const answer = told(`${list}?PageToken=PA&${others}`);
    if (carried) expect(answer).toMatchObject({ token: 'PA', others });
    else expect(answer).toBeInstanceOf(PageUrlError);
  });
});

test('two pages with the same query are the same page', () => {
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
