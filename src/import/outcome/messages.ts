import type { RepeatedError, RowError, RowWarning } from '../../model/import-report.ts';
import { listedMessages } from '../../model/import-report.ts';
import { quoted } from '../../model/printable.ts';
import type { EditOutcome } from '../../store/sources/kept-edits.ts';
import type { MergeOutcome } from '../../store/merge/merge.ts';
import type { SupersededRow } from '../../store/merge/repeats.ts';
import type { CustomerFile, Tally } from '../customer-file.ts';
import type { PlacedRow } from '../customer-files.ts';
import type { Finding } from '../finding.ts';
import { countRepeats } from './repeated-errors.ts';
import { lostPrimaryWarning, supersededWarning } from './repeat-warnings.ts';

/** Longer values are cut, so that a report does not contain a thousand cells of 1 MB each. */
const shownLength = 200;

/**
 * Collects the messages about the rows of `files` (names): all are counted, the first thousand are kept.
 * `placeOf` finds the file of a staged row.
 */
export function collectMessages(files: readonly string[], placeOf: (row: number) => PlacedRow) {
  const errors: RowError[] = [];
  const warnings: RowWarning[] = [];
  const repeats = countRepeats();
  let errorsTotal = 0;
  let warningsTotal = 0;

  /** Of one file alone, messages do not name it. */
  const named = (file: string | undefined) => (files.length > 1 ? { file: file ?? null } : {});

  function warn({
    file,
    ...warning
  }: Omit<RowWarning, 'file' | 'hint' | 'value'> & {
    file?: string | undefined;
    hint?: string;
    value?: string | null;
  }): void {
    warningsTotal++;
    if (warnings.length < listedMessages) {
      const { row, line, column, value = null, code, warning: text, hint = null } = warning;
      warnings.push(detached({ ...named(file), row, line, column, value, code, warning: text, hint }));
    }
  }

  return {
    errors,
    warnings,
    errorsTotal: () => errorsTotal,
    warningsTotal: () => warningsTotal,
    repeatedErrors: (): RepeatedError[] => repeats.list(),

    addErrors(
      file: string | undefined,
      { row, line, findings }: { row: number; line: number; findings: Finding[] },
    ): void {
      for (const { column, value, problem } of findings) {
        errorsTotal++;
        repeats.add(column, problem);
        if (errors.length >= listedMessages) continue;
        const shown = value === null ? null : cut(value);
        const { code, message: error, hint = null } = problem;
        errors.push(detached({ ...named(file), row, line, column, value: shown, code, error, hint }));
      }
    },

    /** In the files' order: the database's refusals come last. */
    sortErrors(): void {
      const positions = new Map(files.map((file, index) => [file, index]));
      const position = ({ file }: RowError): number => positions.get(file ?? '') ?? 0;
      errors.sort((one, other) => position(one) - position(other) || one.row - other.row);
    },

    addWarning(
      file: string | undefined,
      { row, line, finding }: { row: number; line: number; finding: Finding },
    ): void {
      const { column, value, problem } = finding;
      warn({
        file,
        row,
        line,
        column,
        value: value === null ? null : cut(value),
        code: problem.code,
        warning: problem.message,
        ...hintOf(problem.hint),
      });
    },

    addFileWarnings({
      source: { name: file },
      columns: { unknown },
      preamble,
    }: Pick<CustomerFile, 'columns' | 'preamble'> & { source: { name: string } }): void {
      for (const { line, raw } of preamble.filter((above) => above.raw.trim() !== '')) {
        warn({
          file,
          row: null,
          line,
          column: null,
          value: cut(raw),
          code: 'preamble',
          warning: `line ${line}, above the header, is skipped: ${quoted(cut(raw))}`,
        });
      }
      for (const { name, meant, instead } of unknown) {
        const text =
          name.trim() === ''
            ? 'a column without a name is ignored'
            : instead === undefined
              ? `the column ${quoted(name)} is not known and is ignored`
              : `the columns ${quoted(instead)} and ${quoted(name)} mean the same field; ${quoted(name)} is ignored`;
        warn({
          file,
          row: null,
          line: null,
          column: cut(name),
          code: 'unknown_column',
          warning: text,
          hint:
            instead !== undefined
              ? `if ${quoted(name)} is the right one, leave the other column out, or choose it in a mapping`
              : meant === undefined
                ? 'a name that begins with _ is ignored without a warning'
                : `did you mean ${meant}?`,
        });
      }
    },

    /** First of all messages, because no row shows what it is about. */
    addWithheldWarning({
      unreadable,
      withheld,
      contacts,
    }: {
      unreadable: number;
      withheld: number;
      contacts: boolean;
    }): void {
      if (unreadable === 0 || (withheld === 0 && !contacts)) return;
      const customers = `${withheld} missing ${withheld === 1 ? 'customer was' : 'customers were'} not deactivated`;
      const left = [
        ...(withheld === 0 ? [] : [customers]),
        ...(contacts ? ['missing contacts were not removed'] : []),
      ];
      warn({
        row: null,
        line: null,
        column: null,
        code: 'deactivation_withheld',
        warning: `${left.join(', and ')}: the ERP number of ${unreadable} rejected ${unreadable === 1 ? 'row is' : 'rows are'} not readable`,
        hint: 'fix the rejected rows in the ERP; the next snapshot deactivates what is still missing',
      });
      warnings.unshift(...warnings.splice(-1));
    },

    addOverwrittenEdits({ overwritten, overwrittenTotal }: EditOutcome): void {
      for (const { row, line, field, before, edit, file } of overwritten) {
        const shown = (value: string | null) => (value === null ? 'no value' : quoted(cut(value)));
        warn({
          ...placeOf(row),
          line,
          column: field,
          value: file === null ? null : cut(file),
          code: 'edit_overwritten',
          warning: `${shown(file)} replaces ${shown(edit)}, which was edited since the file had ${shown(before)}`,
          hint: 'both have changed, so the file is followed',
        });
      }
      warningsTotal += overwrittenTotal - overwritten.length;
    },

    addLanguageWarning({ source, languageDoubt }: Pick<CustomerFile, 'source' | 'languageDoubt'>): void {
      const finding = languageDoubt();
      if (finding === undefined) return;
      const { column, value, problem } = finding;
      const { code, message: warning } = problem;
      warn({
        file: source.name,
        row: null,
        line: null,
        column,
        value,
        code,
        warning,
        ...hintOf(problem.hint),
      });
    },

    async addMergeWarnings(
      outcome: MergeOutcome,
      superseded: () => Promise<SupersededRow[]>,
      { blankActive, activeSaid, skipped }: Tally,
    ): Promise<void> {
      if (outcome.superseded > 0) {
        const rows = await superseded();
        for (const row of rows) warn(supersededWarning(row, placeOf));
        warningsTotal += outcome.superseded - rows.length;
      }
      for (const row of outcome.lostPrimaries) warn(lostPrimaryWarning(row, placeOf));
      warningsTotal += outcome.lostPrimariesTotal - outcome.lostPrimaries.length;
      if (skipped > 0) {
        warn({
          row: null,
          line: null,
          column: null,
          code: 'skipped_by_mapping',
          warning: `${skipped} ${skipped === 1 ? 'record was' : 'records were'} skipped by the mapping`,
        });
      }
      if (blankActive > 0 && activeSaid) {
        warn({
          row: null,
          line: null,
          column: 'is_active',
          code: 'blank_is_inactive',
          warning: `is_active is blank in ${blankActive} ${blankActive === 1 ? 'row' : 'rows'}: these customers are set inactive`,
          hint: 'write yes or no, or give --blank keep to leave them as they are',
        });
      }
    },
  };
}

export type Messages = ReturnType<typeof collectMessages>;

/**
 * The same message with all of its texts copied. In the engine, a cell is a view of the chunk it was cut
 * from: a thousand messages from all over a file would keep a thousand chunks of it, 256 KB each.
 */
function detached<Message>(message: Message): Message {
  return JSON.parse(JSON.stringify(message));
}

function hintOf(hint: string | undefined): { hint?: string } {
  return hint === undefined ? {} : { hint };
}

function cut(text: string): string {
  // A byte that is not UTF-8 is half a character in the text, which is invalid in a JSON document.
  return text.length <= shownLength
    ? text.toWellFormed()
    : `${text.slice(0, shownLength - 1).toWellFormed()}…`;
}
