import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Page } from '../../src/pages/page.ts';
import { type PagePlace, Pages } from '../../src/pages/pages.ts';
import { restoreSpace } from '../../src/pages/space/spacePage.ts';
import { restoreUsage } from '../../src/pages/usage/usagePage.ts';
import type { Services } from '../../src/services.ts';
import { eventually } from '../support/eventually.ts';
import { type FakePanel, FakePanels } from './fakePanels.ts';
import { extension } from './support.ts';

const account = 'a'.repeat(32);
const source = `account-${account}`;
const place: PagePlace = { name: 'usage', id: account, title: 'Usage', sources: [source] };

describe('the open pages', () => {
  let panels: FakePanels;
  let signedOut: Set<string>;
  let pages: Pages;
  beforeEach(() => {
    panels = new FakePanels();
    signedOut = new Set();
    pages = new Pages((one) => signedOut.has(one));
  });
  afterEach(() => {
    pages.dispose();
    panels.restore();
  });

  /** The panel that VS Code makes for a tab from before a reload, when the tab is first shown. */
  const revived = (): FakePanel => vscode.window.createWebviewPanel('usage', 'Usage', 1) as FakePanel;
  const pageOf = (panel: vscode.WebviewPanel): Page => {
    const { onDidDispose } = panel;
    return { onDidDispose, reveal: () => panel.reveal(), dispose: () => panel.dispose() } as Page;
  };
  const opened = (): FakePanel => {
    pages.open(place, pageOf);
    return panels.panels.at(-1) ?? assert.fail();
  };

  it('are one for each place: a tab from before a reload gives way to the page that is open already', () => {
    const first = opened();
    const second = revived();
    assert.equal(pages.restore(place, second, pageOf), undefined);
    assert.deepEqual([first.isClosed, first.revealed, second.isClosed], [false, 1, true]);
    pages.close([source]);
    assert.ok(first.isClosed);
  });

  it('are closed with their account, also those that were restored', () => {
    const panel = revived();
    assert.ok(pages.restore(place, panel, pageOf));
    pages.close(['account-other']);
    assert.ok(!panel.isClosed);
    pages.close([source]);
    assert.ok(panel.isClosed);
    assert.ok(!opened().isClosed);
  });

  it('are not restored for an account that was signed out meanwhile', () => {
    const [space, usage] = [revived(), revived()];
    signedOut.add(source);
    const namespace = { source, id: 'x' };
    const services = {
      pages,
      sources: { sources: [], nameOf: async ({ id }: { id: string }) => id },
      settings: { keyDelimiters: [':'] },
      extensionUri: extension().extensionUri,
    } as unknown as Services;
    assert.ok(restoreSpace(space, { namespace, prefix: '', measure: 'bytes' }, services));
    assert.ok(restoreUsage(usage, { account, days: 7 }, services));
    return eventually(() => assert.deepEqual([space.isClosed, usage.isClosed], [true, true]));
  });
});
