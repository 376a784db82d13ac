import { Failure } from '../errors.ts';
import { fieldOf, refuseSeparatorLine } from './columns.ts';
import { createRecordReader } from './records.ts';

export const delimiters = [',', ';', '\t', '|'] as const;

/**
 * The delimiter under which the header (the first record of `head`) names most fields. A header of one
 * known name needs none; a header where no delimiter finds a name is refused.
 */
export function detectDelimiter(head: string): string {
  const text = head.slice(0, 1 << 16);
  const counted = delimiters.map((delimiter) => {
    const header = firstRecord(text, delimiter);
    refuseSeparatorLine(header);
    return {
      delimiter,
      names: header.filter((cell) => fieldOf(cell) !== undefined).length,
      cells: header.length,
    };
  });
  const best = counted.reduce((most, next) => (next.names > most.names ? next : most));
  if (best.names > 0) return best.delimiter;
  const widest = counted.reduce((most, next) => (next.cells > most.cells ? next : most));
  if (widest.cells > 1) return widest.delimiter;
  throw new Failure(
    'undecided_delimiter',
    'the first line has no column name that is known, and no delimiter',
    {
      hint: 'the file must begin with a header line; name its delimiter with --delimiter if it is not , ; | or tab',
    },
  );
}

function firstRecord(text: string, delimiter: string): string[] {
  let first: string[] | undefined;
  const reader = createRecordReader(
    { delimiter },
    {
      record(fields) {
        first ??= fields;
      },
      fault({ raw }) {
        // Reading the header will say what is wrong with it, once its delimiter is known.
        first ??= raw.replaceAll('"', '').split(delimiter);
      },
    },
  );
  // Line by line, so that only the header is looked at.
  for (const line of text.split(/(?<=\n)/)) {
    reader.push(line);
    if (first !== undefined) return first;
  }
  reader.end();
  return first ?? [];
}
