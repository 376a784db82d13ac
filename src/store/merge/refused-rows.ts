import sql from 'sql-template-tag';
import { sqlstateOf } from '../connection/sqlstate.ts';
import { Failure } from '../../errors.ts';
import type { Database } from '../connection/database.ts';

/** The most rows that are searched for a pair; a search reads all of them some thirty times. */
const pairLimit = 20_000;

interface Range {
  first: number;
  last: number;
}

/**
 * The failure of a merge, with the rows of the file that cause it. The server does not reveal them: its
 * detail is empty under policies, and quotes values otherwise. So parts of what is staged are merged, and
 * rolled back, until one row remains, or two that are refused together. That takes about as long as the
 * merge. Expects the transaction as it was before the merge, and leaves it that way.
 */
export async function namingRows(
  database: Database,
  failure: Failure,
  mergeOnce: () => Promise<unknown>,
  rowName = usualRowName,
): Promise<Failure> {
  const { cause } = failure;
  if (!isRefusal(failure)) return failure;

  /** Whether these rows alone are refused. */
  async function isRefused({ first, last }: Range): Promise<boolean> {
    await database.execute(sql`savepoint part`);
    try {
      await database.execute(sql`delete from staged where row_no not between ${first} and ${last}`);
      await mergeOnce();
      return false;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return true;
    } finally {
      await database.execute(sql`rollback to savepoint part`);
    }
  }

  const [all] = await database.query<Range>(sql`
    select min(row_no) as first, max(row_no) as last
    from staged`);
  const refused = await narrowed(all as Range, isRefused);
  // A conflict with another session may be over.
  if (!(await isRefused(refused))) return failure;
  const lines = await database.query<{ row: number; line: number }>(sql`
    select row_no as row, line_no as line
    from staged
    where row_no in (${refused.first}, ${refused.last})
    order by row_no`);
  const named = lines.map(({ row, line }) => rowName(row, line));
  const alone = refused.last - refused.first > pairLimit ? named.join(' to ') : named.join(' and ');
  const { code, message, hint } = failure;
  return new Failure(code, `${alone}: ${message}`, { hint, cause });
}

function usualRowName(row: number, line: number): string {
  return row === line ? `row ${row}` : `row ${row} (line ${line})`;
}

/** The database refuses the values (SQLSTATE classes 22, 23), or a trigger of its owner does (P0). */
function isRefusal(error: unknown): boolean {
  return /^(22|23|P0)/.test(sqlstateOf(error) ?? '');
}

/**
 * The smallest part that is refused: a row, two rows as first and last, or more than are searched for two.
 */
async function narrowed(all: Range, isRefused: (range: Range) => Promise<boolean>): Promise<Range> {
  let { first, last } = all;
  while (first < last) {
    const middle = Math.floor((first + last) / 2);
    if (await isRefused({ first, last: middle })) last = middle;
    else if (await isRefused({ first: middle + 1, last })) first = middle + 1;
    else break;
  }
  if (first === last || last - first > pairLimit) return { first, last };
  // One of the two is in each half. The last one that is needed, and then the first.
  for (let low = first; low < last;) {
    const middle = Math.floor((low + last) / 2);
    if (await isRefused({ first, last: middle })) last = middle;
    else low = middle + 1;
  }
  for (let high = last; first < high;) {
    const middle = Math.ceil((first + high) / 2);
    if (await isRefused({ first: middle, last })) first = middle;
    else high = middle - 1;
  }
  return { first, last };
}
