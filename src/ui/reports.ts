import * as vscode from 'vscode';
import { countText } from '../core/text/countText.ts';
import { openLinkCommand, planLanguage, reportScheme, type resultsLanguage } from '../ids.ts';
import { followLink } from './openCommand.ts';

/** How long additions are gathered before the document shows them, in milliseconds. */
const GATHER_MS = 200;

/** Further lines are counted but not shown: VS Code gives extensions no larger document. */
export const MOST_LINES = 20_000;

export interface ReportLine {
  readonly text: string;
  /** The part of the text that is a link. */
  readonly link?: { readonly start: number; readonly length: number; readonly target: vscode.Uri };
}

/** A read-only document: a heading, then lines that are added while the work runs. */
export class Report {
  readonly uri: vscode.Uri;
  /** Ids of the sources it is about. */
  readonly sources: readonly string[];
  readonly #changed: (uri: vscode.Uri) => void;
  readonly #lines: ReportLine[] = [];
  #heading = '';
  #more = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(uri: vscode.Uri, sources: readonly string[], changed: (uri: vscode.Uri) => void) {
    this.uri = uri;
    this.sources = sources;
    this.#changed = changed;
  }

  get text(): string {
    const more = this.#more > 0 ? ['', vscode.l10n.t('… and {0} more', countText(this.#more))] : [];
    return [`# ${this.#heading}`, '', ...this.#lines.map(({ text }) => text), ...more, ''].join('\n');
  }

  setHeading(heading: string): void {
    this.#heading = heading;
    this.#changeSoon();
  }

  /** Adds lines. `more` counts further lines that are not given. */
  add(lines: readonly ReportLine[], more = 0): void {
    const room = MOST_LINES - this.#lines.length;
    for (const line of lines.slice(0, room)) this.#lines.push(line);
    this.#more += Math.max(0, lines.length - room) + more;
    this.#changeSoon();
  }

  links(lineCount: number): vscode.DocumentLink[] {
    return this.#lines.flatMap(({ link }, index) => {
      const row = index + 2;
      if (!link || row >= lineCount) return [];
      const range = new vscode.Range(row, link.start, row, link.start + link.length);
      const found = new vscode.DocumentLink(range, link.target);
      found.tooltip = vscode.l10n.t('Open');
      return found;
    });
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #changeSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#changed(this.uri);
    }, GATHER_MS);
  }
}

/** Plans and results of long work, as read-only documents with links. Each is kept until its document is closed. */
export class Reports implements vscode.TextDocumentContentProvider, vscode.DocumentLinkProvider, vscode.Disposable {
  readonly #reports = new Map<string, Report>();
  /** Documents whose text never changes. */
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #registered: vscode.Disposable;
  readonly #comparisons = new Map<vscode.Tab, readonly string[]>();
  #number = 0;
  readonly onDidChange = this.#changed.event;

  constructor() {
    this.#registered = vscode.Disposable.from(
      this.#changed,
      vscode.workspace.registerTextDocumentContentProvider(reportScheme, this),
      vscode.languages.registerDocumentLinkProvider({ scheme: reportScheme }, this),
      vscode.commands.registerCommand(openLinkCommand, followLink),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#forget(uri)),
      vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
        for (const tab of closed) this.#comparisons.delete(tab);
      }),
    );
  }

  /**
   * Shows a new report about these sources, with what is known so far. The extension of its file name tells its
   * language. A plan replaces an earlier one with the same title, which is out of date.
   */
  async open(
    title: string,
    language: typeof planLanguage | typeof resultsLanguage,
    heading: string,
    sources: readonly string[],
    content: { readonly lines: readonly ReportLine[]; readonly more: number } = { lines: [], more: 0 },
  ): Promise<Report> {
    this.#number++;
    const file = `${asFileName(title)}.${language}`;
    if (language === planLanguage) {
      await closeTabs((tab) => {
        const shown = shownUri(tab);
        return shown?.scheme === reportScheme && shown.path.endsWith(`/${file}`);
      });
    }
    const path = `/${this.#number}/${file}`;
    const uri = vscode.Uri.from({ scheme: reportScheme, path });
    const report = new Report(uri, sources, (changed) => this.#changed.fire(changed));
    report.setHeading(heading);
    report.add(content.lines, content.more);
    this.#reports.set(uri.toString(), report);
    await vscode.window.showTextDocument(uri, { preview: false, preserveFocus: true });
    return report;
  }

  /** Creates a document with this text. The extension of its name tells its language. The caller shows it. */
  addText(name: string, text: string): vscode.Uri {
    this.#number++;
    const path = `/${this.#number}/${asFileName(name)}`;
    const uri = vscode.Uri.from({ scheme: reportScheme, path });
    this.#texts.set(uri.toString(), text);
    return uri;
  }

  /**
   * Remembers that the active tab compares many documents of these sources. The tab alone does not reveal them if one
   * side is missing.
   */
  noteComparison(sources: readonly string[]): void {
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    if (tab) this.#comparisons.set(tab, sources);
  }

  /** Closes tabs that are about one of these sources. */
  async close(sources: readonly string[]): Promise<void> {
    const sourcesOf = (tab: vscode.Tab): readonly string[] => {
      const uri = shownUri(tab);
      return this.#comparisons.get(tab) ?? (uri && this.#reports.get(uri.toString())?.sources) ?? [];
    };
    await closeTabs((tab) => sourcesOf(tab).some((source) => sources.includes(source)));
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return (
      this.#reports.get(uri.toString())?.text ??
      this.#texts.get(uri.toString()) ??
      vscode.l10n.t('This was a result of earlier work. Run the command again to see it.')
    );
  }

  provideDocumentLinks(document: vscode.TextDocument): vscode.DocumentLink[] {
    return this.#reports.get(document.uri.toString())?.links(document.lineCount) ?? [];
  }

  dispose(): void {
    for (const report of this.#reports.values()) report.dispose();
    this.#registered.dispose();
  }

  #forget(uri: vscode.Uri): void {
    this.#reports.get(uri.toString())?.dispose();
    this.#reports.delete(uri.toString());
    this.#texts.delete(uri.toString());
  }
}

/** Slashes become look-alikes that are not path separators. */
const asFileName = (title: string): string => title.replaceAll('/', '∕').replaceAll('\\', '⧵').trim();

const shownUri = ({ input }: vscode.Tab): vscode.Uri | undefined =>
  input instanceof vscode.TabInputText ? input.uri : undefined;

async function closeTabs(isMeant: (tab: vscode.Tab) => boolean): Promise<void> {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs.filter(isMeant));
  await vscode.window.tabGroups.close(tabs, true);
}
