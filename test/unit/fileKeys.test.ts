import assert from 'node:assert/strict';
import { isKvError } from '../../src/core/base/errors.ts';
import { keyUnder } from '../../src/core/keys/keyUnder.ts';
import { fileKeys } from '../../src/core/transfer/fileKeys.ts';

describe('files that become values', () => {
  it('have the keys of their names, and are refused where one would take the place of another', () => {
    assert.deepEqual(fileKeys(['/a/logo.png', '/b/Logo.png', '/c/it:em']), ['logo.png', 'Logo.png', 'it:em']);
    assert.throws(
      () => fileKeys(['/a/index.html', '/logo.png', '/b/index.html']),
      (error) => isKvError(error, 'invalidInput') && error.message.includes('“index.html”'),
    );
  });
});

describe('keys in a group', () => {
  it('begin with its prefix, once', () => {
    assert.equal(keyUnder('home/', 'banner.txt'), 'home/banner.txt');
    assert.equal(keyUnder('home/', 'home/banner'), 'home/banner');
    assert.equal(keyUnder('', 'banner'), 'banner');
  });
});
