import assert from 'node:assert/strict';
import { json, key, lifetime, name, optionalText, readInput, text } from '../../../src/language/tools/input.ts';
import { throwsKvError } from './refusals.ts';

describe('the input of a tool', () => {
  const read = (input: unknown) =>
    readInput(input, {
      namespace: name,
      source: optionalText,
      key,
      value: text,
      expiration_ttl: lifetime,
      metadata: json,
    });
  const right = { namespace: 'KV', key: 'a', value: '' };

  it('is taken as it is where it is right', () => {
    assert.deepEqual(read(right), {
      namespace: 'KV',
      source: undefined,
      key: 'a',
      value: '',
      expiration_ttl: undefined,
      metadata: undefined,
    });
    const full = { ...right, source: 'local', value: 'ä', expiration_ttl: 60, metadata: { a: [0] } };
    assert.deepEqual(read(full), full);
  });

  it('tells none from what was not said', () => {
    const { expiration_ttl, metadata } = read({ ...right, expiration_ttl: null, metadata: null });
    assert.deepEqual([expiration_ttl, metadata], [null, null]);
  });

  it('may leave text out with nothing in it', () => {
    for (const source of ['', null, undefined]) assert.equal(read({ ...right, source }).source, undefined);
  });

  for (const [why, input, says] of [
    ['no object', 'KV', /object with the parameters namespace, source, key/],
    ['nothing', undefined, /object with the parameters/],
    ['a list', [right], /object with the parameters/],
    ['an unknown parameter', { wrong: 5 }, /no parameter "wrong": this tool takes namespace, source, key/],
    ['a name that is nearly right', { ...right, expirationTtl: 60 }, /no parameter "expirationTtl"/],
    ['no namespace', { ...right, namespace: undefined }, /"namespace" must be given, as a string/],
    ['an empty namespace', { ...right, namespace: '' }, /"namespace" must not be empty/],
    ['a namespace of a wrong type', { ...right, namespace: { id: 'KV' } }, /"namespace" must be given, as a string/],
    ['no key', { ...right, key: undefined }, /"key" must be given, as a string/],
    ['an empty key', { ...right, key: '' }, /"key" must not be empty/],
    ['a key that KV refuses', { ...right, key: '..' }, /cannot be a key/],
    ['a key that is too long', { ...right, key: 'ä'.repeat(257) }, /512 bytes/],
    ['half of a character', { ...right, value: '\ud800' }, /"value" must be valid Unicode/],
    ['a value that is no text', { ...right, value: { a: 1 } }, /"value" must be given, as a string/],
    ['a source of a wrong type', { ...right, source: 1 }, /"source" must be given, as a string/],
    [
      'a lifetime that is too short',
      { ...right, expiration_ttl: 59 },
      /"expiration_ttl" must be .* at least 60, or null/,
    ],
    ['a lifetime as text', { ...right, expiration_ttl: '3600' }, /"expiration_ttl" must be a whole number/],
    ['a lifetime with a fraction', { ...right, expiration_ttl: 60.5 }, /"expiration_ttl" must be a whole number/],
  ] as const) {
    it(`is refused by name: ${why}`, () => throwsKvError(() => read(input), 'invalidInput', says));
  }
});
