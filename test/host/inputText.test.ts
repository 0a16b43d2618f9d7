import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { inputText } from '../../src/ui/inputText.ts';

describe('a question for a text', () => {
  const real = vscode.window.showInputBox;
  let shown: vscode.InputBoxOptions | undefined;
  beforeEach(() => {
    Reflect.set(vscode.window, 'showInputBox', async (options: vscode.InputBoxOptions) => {
      shown = options;
      return 'typed';
    });
  });
  afterEach(() => {
    Reflect.set(vscode.window, 'showInputBox', real);
  });

  it('shows no link that a title or a key would make', async () => {
    const severity = vscode.InputBoxValidationSeverity.Info;
    const answer = await inputText({
      title: 'Delete it',
      value: '[a](command:x.y)',
      prompt: 'Type “[a](command:x.y)”.',
      validateInput: (text) =>
        text === '' ? undefined : text === 'note' ? { message: '[a](file:b)', severity } : text,
    });
    assert.equal(answer, 'typed');
    assert.deepEqual(
      [shown?.title, shown?.value, shown?.prompt],
      ['Delete it', '[a](command:x.y)', 'Type “[a] (command:x.y)”.'],
    );
    assert.equal(await shown?.validateInput?.('[a](command:x.y)'), '[a] (command:x.y)');
    assert.deepEqual(await shown?.validateInput?.('note'), { message: '[a] (file:b)', severity });
    assert.equal(await shown?.validateInput?.(''), undefined);
  });

  it('says nothing that it was not given', async () => {
    await inputText({ title: 'Title' });
    assert.deepEqual(shown, { title: 'Title' });
  });
});
