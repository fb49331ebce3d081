import { describe, expect, it } from 'vitest';
import { errorCodeOf } from '../../src/util/error-code.js';

describe('the code of an error, which may be logged', () => {
  it.each(['ECONNREFUSED', 'ERR_SSL_WRONG_VERSION_NUMBER', 'E2BIG', 'UND_ERR_SOCKET'])('is %s', (code) => {
    expect(errorCodeOf(Object.assign(new Error('at 10.0.0.1'), { code }))).toBe(code);
  });

  it.each([
    ['of another form', Object.assign(new Error(), { code: 'connect to 10.0.0.1' })],
    ['too long', Object.assign(new Error(), { code: 'A'.repeat(100) })],
    ['a number', Object.assign(new Error(), { code: 20 })],
    ['absent', new Error('ECONNREFUSED')],
    ['of what is no error', { code: 'ECONNREFUSED' }],
  ])('is undefined if it is %s', (_, error) => {
    expect(errorCodeOf(error)).toBeUndefined();
  });
});
