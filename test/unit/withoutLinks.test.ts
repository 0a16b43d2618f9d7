import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLink } from '../../src/core/text/commandLink.ts';
import { withoutLinks } from '../../src/core/text/withoutLinks.ts';

/** As VS Code finds links in messages. */
const LINKED = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/gi;

const root = join(import.meta.dirname, '..', '..', 'src');
const files = globSync('**/*.ts', { cwd: root });
const callers = (pattern: RegExp): string[] =>
  files.filter((file) => pattern.test(readFileSync(join(root, file), 'utf8')));

describe('links in messages', () => {
  const evil = ['[a](command:x.y)', '[a](https://example.com)', '[a](FILE:///etc)', 'k [a](Command:x "t") b'];

  it('cannot be made by a key', () => {
    for (const text of evil) {
      assert.match(text, LINKED);
      assert.doesNotMatch(withoutLinks(text), LINKED);
    }
  });

  it('are ours alone', () => {
    const link = commandLink('Choose an expiration', 'cloudflareKv.saveWithExpiration', 'a key) with (brackets');
    const message = `“k” was not saved. ${link} first.`;
    assert.equal(withoutLinks(message), message);
    assert.equal([...message.matchAll(LINKED)][0]?.[0], link);
  });

  it('leaves every other text as it is', () => {
    for (const text of ['user:1', '[1](2)', 'a](b', '']) assert.equal(withoutLinks(text), text);
  });

  it('is asked by whatever shows a message', () => {
    for (const file of files) {
      const text = readFileSync(join(root, file), 'utf8');
      for (const [call] of text.matchAll(/\.show(?:Information|Warning|Error)Message\(\s*\S{0,20}/g)) {
        assert.match(call, /\(\s*withoutLinks\(/, `${file}: ${call}`);
      }
    }
  });

  it('is asked by what takes a text, whose prompt and problems show links too', () => {
    assert.deepEqual(callers(/\.showInputBox\(/), ['ui/inputText.ts']);
    assert.deepEqual(callers(/\.createInputBox\(/), ['ui/inputToken.ts']);
  });

  it('is asked by one modal for all questions', () => {
    assert.deepEqual(callers(/\bmodal: true/), ['ui/confirm.ts']);
  });
});
