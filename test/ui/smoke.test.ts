import { openWorkbench, type Workbench } from '../support/workbench.ts';

describe('the workbench', function () {
  this.timeout(90_000);
  let workbench: Workbench;

  before(async () => {
    workbench = await openWorkbench();
  });
  after(() => workbench.close());

  it('opens the sample with the packaged extension installed', async () => {
    const { page } = workbench;
    await page.getByRole('treeitem', { name: 'wrangler.jsonc' }).waitFor();
    await page.keyboard.press('Control+Shift+X');
    await page.locator('.extension-list-item', { hasText: 'Cloudflare KV' }).waitFor();
    await workbench.screenshot('smoke');
  });
});
