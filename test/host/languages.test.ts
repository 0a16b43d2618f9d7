import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { closeEditors, freshKey, open, testNamespace, type, withSettings } from './support.ts';

describe('the language of a value', () => {
  const kv = testNamespace('host-languages');
  afterEach(closeEditors);

  const openValue = async (key: string, value: string): Promise<vscode.TextDocument> => {
    await kv.put(key, value);
    return open(kv.uri(key));
  };
  const expectLanguage = async (key: string, value: string, language: string): Promise<void> => {
    const document = await openValue(key, value);
    await eventually(() => assert.equal(document.languageId, language, key));
  };

  it('is that of the key’s ending', async () => {
    await expectLanguage(`${freshKey()}.json`, 'not json', 'json');
    await expectLanguage(`${freshKey('a/b')}.css`, '{}', 'css');
    await expectLanguage(`${freshKey('a:b')}.md`, '{}', 'markdown');
  });

  it('is told by the content where the key has no ending', async () => {
    await expectLanguage(freshKey(), '{"a":[1]}', 'json');
    await expectLanguage(freshKey(), ' [1, 2]\n', 'json');
    await expectLanguage(freshKey(), '<?xml version="1.0"?><a/>', 'xml');
    await expectLanguage(freshKey(), '<!doctype html><title>x</title>', 'html');
    await expectLanguage(freshKey(), '<svg xmlns="http://www.w3.org/2000/svg"/>', 'xml');
  });

  it('is our own for other text, and for an empty value', async () => {
    await expectLanguage(freshKey(), 'hello', 'kv-value');
    await expectLanguage(freshKey(), '', 'kv-value');
    await expectLanguage(freshKey(), '{not json', 'kv-value');
    await expectLanguage(`${freshKey()}.txt`, 'hello', 'kv-value');
  });

  it('follows the user’s globs before anything else', async () => {
    const languages = { 'conf:*': 'yaml', '**/*.data': 'json', 'x:*.css': 'markdown' };
    await withSettings({ 'cloudflareKv.editor.languages': languages }, async () => {
      await expectLanguage(freshKey('conf:a'), '{"a":1}', 'yaml');
      await expectLanguage(`a/b/${freshKey()}.data`, 'x', 'json');
      await expectLanguage(`x:${freshKey()}.css`, 'x', 'markdown');
      await expectLanguage(freshKey('else:a'), 'x', 'kv-value');
    });
  });

  it('leaves the first save of a value that was told by its content possible', async () => {
    const key = freshKey();
    const document = await openValue(key, '{"a":1}');
    await eventually(() => assert.equal(document.languageId, 'json'));
    await type(document, '{"a":2}');
    assert.ok(await document.save());
    assert.equal((await kv.get(key))?.value, '{"a":2}');
  });

  it('stays what the user chose', async () => {
    const document = await openValue(freshKey(), 'a: 1');
    await vscode.languages.setTextDocumentLanguage(document, 'yaml');
    await type(document, 'a: 2');
    assert.ok(await document.save());
    assert.equal(document.languageId, 'yaml');
  });
});
