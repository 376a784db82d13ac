import { Failure } from '../../errors.ts';
import type { TableFile } from '../../files/table.ts';
import { quoted } from '../../model/printable.ts';

/** If columns are missing because the customers are on another sheet, the hint names that sheet. */
export function namingSheets<Result>({ otherTables = [] }: TableFile, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const [sheet] = otherTables;
    if (!(error instanceof Failure) || error.code !== 'missing_column' || sheet === undefined) throw error;
    throw new Failure(error.code, error.message, {
      hint: `the customers may be on another sheet: --sheet ${quoted(sheet)}`,
      cause: error,
    });
  }
}
