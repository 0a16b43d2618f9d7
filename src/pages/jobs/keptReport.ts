import * as l10n from '@vscode/l10n';
import { errorText, isKvError, KvError } from '../../core/base/errors.ts';
import { countText } from '../../core/text/countText.ts';
import type { JobState } from '../../inside/job.ts';

/** The most lines of a report that are kept when the job is removed. */
export const MOST_REPORT_LINES = 20_000;

/** This window cannot keep the report of a job, so removing the job would lose it. */
export class ReportNotKept extends KvError {
  /** The reason as a sentence. The message also says what follows from it. */
  readonly reason: string;

  constructor(reason: string, cause?: unknown) {
    const stays = l10n.t('The job stays in the account, because all that the report tells would go with it.');
    super('conflict', `${reason} ${stays}`, { cause });
    this.reason = reason;
  }
}

/** Whether its report names keys. Only the report names all of them. */
export const isTelling = ({ counts, differences }: Pick<JobState, 'counts' | 'differences'>): boolean =>
  counts.failed > 0 || counts.matches > 0 || (differences?.found ?? 0) > 0;

/** The whole report. Throws {@link ReportNotKept} if it cannot be read or is too long. */
export async function wholeReport(report: AsyncIterable<string>): Promise<readonly string[]> {
  const lines: string[] = [];
  try {
    for await (const line of report) {
      if (lines.length === MOST_REPORT_LINES) throw tooLong();
      lines.push(line);
    }
  } catch (error) {
    if (error instanceof ReportNotKept || isKvError(error, 'cancelled')) throw error;
    throw new ReportNotKept(l10n.t('The report of the job could not be read: {0}', errorText(error)), error);
  }
  return lines;
}

/** As much of a report as can be read and kept. Its last line says so if it is cut. */
export async function partOfReport(report: AsyncIterable<string>): Promise<readonly string[]> {
  const lines: string[] = [];
  try {
    for await (const line of report) {
      if (lines.length === MOST_REPORT_LINES) {
        lines.push(JSON.stringify({ message: l10n.t('There were more lines: they went with the job.') }));
        break;
      }
      lines.push(line);
    }
  } catch (error) {
    lines.push(JSON.stringify({ message: l10n.t('The report of the job could not be read: {0}', errorText(error)) }));
  }
  return lines;
}

const tooLong = (): ReportNotKept =>
  new ReportNotKept(
    l10n.t(
      'The report of the job has more than {0} lines, and this window keeps no more. “Show Report” can save it.',
      countText(MOST_REPORT_LINES),
    ),
  );
