import { activeEditor, editorAction, editorTab, typeOver, waitForText } from '../support/workbench/editors.ts';
import { untilVisible } from '../support/workbench/effect.ts';
import { runCommand } from '../support/workbench/quickInput.ts';
import { useShop } from '../support/workbench/shop.ts';
import { contextMenu, openKey } from '../support/workbench/treeView.ts';

describe('a document of ours with a wrong field', () => {
  const shop = useShop(/^FLAGS,/);
  const problem = (text: string) => shop.page.locator('.marker-widget').getByText(text);

  /** The field is underlined, and what is wrong with it is told. */
  async function waitForProblem(text: string): Promise<void> {
    const { page } = shop;
    await activeEditor(page).locator('.squiggly-warning').first().waitFor();
    // One that is shown goes when the problems are found anew.
    await untilVisible(problem(text), () => runCommand(page, 'Go to Next Problem (Error, Warning, Info)'));
  }

  it('of metadata and expiration has it underlined', async () => {
    const { page } = shop;
    await shop.store('flagsPreview').put({ key: 'temporary', value: Buffer.from('x') });
    await openKey(page, 'temporary');
    await editorAction(page, 'Edit Metadata and Expiration', editorTab(page, 'temporary (entry)'));
    await typeOver(page, '{ "metadata": 1, "expires": 5 }');
    await waitForProblem('Property expires is not allowed.');
    await shop.store('flagsPreview').delete('temporary');
  });

  it('of many keys has it underlined', async () => {
    const { page } = shop;
    await contextMenu(page, /^home\/,/, 'Edit Keys as JSON…');
    await editorTab(page, 'home/.json').waitFor();
    await waitForText(page, '{\n  "home/banner": {\n    "value": "Free shipping this week"\n  }\n}\n');
    await typeOver(page, '{ "home/banner": { "value": "", "expires": 5 } }');
    await waitForProblem('Property expires is not allowed.');
  });
});
