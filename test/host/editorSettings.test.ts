import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { closeEditors, expectFsError, freshKey, open, testNamespace, type, withSettings } from './support.ts';

/**
 * Replaces one character, as a small edit of a large value does. As with `type`, an edit of a version that was just left
 * is made again.
 */
async function replace(document: vscode.TextDocument, from: string, to: string): Promise<void> {
  await eventually(async () => {
    const start = document.positionAt(document.getText().indexOf(from));
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, new vscode.Range(start, start.translate(0, from.length)), to);
    assert.ok(await vscode.workspace.applyEdit(edit));
  });
}

describe('settings of the editor', () => {
  const kv = testNamespace('host-settings');
  afterEach(closeEditors);

  const settings = {
    'files.insertFinalNewline': true,
    'files.trimTrailingWhitespace': true,
    'files.trimFinalNewlines': true,
    'files.encoding': 'windows1252',
    'files.autoGuessEncoding': true,
    'files.eol': '\r\n',
    'editor.formatOnSave': true,
  };
  const values = {
    'spaces at its ends': '  X \t\n two  ',
    'no final newline': 'X',
    'many final newlines': 'X\n\n\n\n',
    'CRLF and no final newline': 'X\r\ntwo \r\nthree',
    'letters beyond ASCII': 'X déjà vu – naïve',
    'an emoji': 'X 👩‍👩‍👧 🛒',
    'a byte order mark': '\uFEFFX\n',
    'other separators of lines': 'X\u2028two\u2029three\u0085four\u000bfive',
    'only é': 'Xé',
  };

  it('add nothing to a plain text value and take nothing away', async () => {
    await withSettings(settings, async () => {
      for (const [name, value] of Object.entries(values)) {
        const key = freshKey();
        await kv.put(key, value);
        const document = await open(kv.uri(key));
        assert.equal(document.languageId, 'kv-value', name);
        await eventually(() =>
          assert.equal(`${document.encoding === 'utf8bom' ? '\uFEFF' : ''}${document.getText()}`, value, name),
        );
        await replace(document, 'X', 'Y');
        assert.ok(await document.save(), name);
        assert.equal((await kv.get(key))?.value, value.replace('X', 'Y'), name);
        await closeEditors();
      }
    });
  });

  it('do not turn UTF-8 into something else in values of other languages', async () => {
    await withSettings({ 'files.encoding': 'windows1252', 'files.autoGuessEncoding': true }, async () => {
      for (const ending of ['.md', '.json', '.html', '.js']) {
        const key = freshKey() + ending;
        const value = '"X déjà vu 🛒"';
        await kv.put(key, value);
        const document = await open(kv.uri(key));
        await eventually(() => assert.equal(document.getText(), value, ending));
        await replace(document, 'X', 'Y');
        assert.ok(await document.save(), ending);
        assert.equal((await kv.get(key))?.value, value.replace('X', 'Y'), ending);
        await closeEditors();
      }
    });
  });

  it('do not add a byte order mark', async () => {
    await withSettings({ 'files.encoding': 'utf8bom' }, async () => {
      for (const key of [freshKey(), `${freshKey()}.json`]) {
        await kv.put(key, '"X"');
        const document = await open(kv.uri(key));
        await replace(document, 'X', 'Y');
        assert.ok(await document.save());
        assert.equal((await kv.get(key))?.value, '"Y"');
      }
    });
  });

  it('cannot bring a document into KV in another encoding', async () => {
    const key = freshKey();
    await kv.put(key, 'before');
    await open(kv.uri(key));
    const document = await vscode.workspace.openTextDocument(kv.uri(key), { encoding: 'utf16le' });
    await eventually(() => assert.equal(document.encoding, 'utf16le'));
    await type(document, 'é');
    assert.equal(await document.save(), false);
    assert.equal(document.isDirty, true);
    await expectFsError(
      vscode.workspace.fs.writeFile(document.uri, Buffer.from('é', 'latin1')),
      'Unknown',
      key,
      'utf16le',
      'Save with Encoding',
    );
    assert.equal((await kv.get(key))?.value, 'before');
  });

  it('format a value of another language, as they do any file', async () => {
    await withSettings({ 'editor.formatOnSave': true }, async () => {
      const key = `${freshKey()}.json`;
      await kv.put(key, '{"a":1}');
      const document = await open(kv.uri(key));
      await type(document, '{"a":2}');
      assert.ok(await document.save());
      assert.equal((await kv.get(key))?.value, document.getText());
    });
  });
});
