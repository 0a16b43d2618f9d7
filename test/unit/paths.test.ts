import assert from 'node:assert/strict';
import { posix, win32 } from 'node:path';
import { isWithin, wayDown } from '../../src/core/base/paths.ts';

describe('a path in a folder', () => {
  it('is the folder itself or lies below it, at the top too', () => {
    assert.ok(isWithin('/w', '/w'));
    assert.ok(isWithin('/w/', '/w'));
    assert.ok(isWithin('/w/a/b', '/w'));
    assert.ok(isWithin('/w', '/'));
    assert.ok(!isWithin('/', '/w'));
    assert.ok(!isWithin('/v', '/w'));
    assert.ok(!isWithin('/ab', '/a'));
  });

  it('may have a name that begins with two dots', () => {
    assert.ok(isWithin('/w/..x', '/w'));
    assert.equal(wayDown('/w', '/w/..x/y', posix), '..x/y');
  });

  it('lies elsewhere on another drive', () => {
    assert.equal(wayDown('C:\\w', 'D:\\w\\a', win32), undefined);
    assert.equal(wayDown('C:\\w', '\\\\server\\share\\w', win32), undefined);
    assert.equal(wayDown('C:\\w', 'c:\\w\\..a\\b', win32), '..a\\b');
    assert.equal(wayDown('C:\\w', 'C:\\', win32), undefined);
  });
});
