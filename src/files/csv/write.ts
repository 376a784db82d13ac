import { csvLine } from '../../model/csv-line.ts';
import type { ByteSink } from '../byte-sink.ts';
import type { Codec } from '../encoding/codec.ts';
import type { TableWriter } from '../table-writer.ts';

export interface CsvFormat {
  delimiter: string;
  codec: Codec;
  byteOrderMark: boolean;
}

/** Writes records as a CSV file. */
export function createCsvWriter(sink: ByteSink, { delimiter, codec, byteOrderMark }: CsvFormat): TableWriter {
  let text = byteOrderMark ? '\ufeff' : '';
  return {
    open: () => sink.open(),
    add(cells) {
      const line = csvLine(cells, delimiter);
      text += line;
      if (codec.lacks(line) === undefined) return undefined;
      const index = cells.findIndex((cell) => codec.lacks(cell) !== undefined);
      return { index, character: codec.lacks(cells[index] ?? delimiter) ?? '' };
    },
    async flush() {
      if (text === '') return true;
      const bytes = codec.encode(text);
      text = '';
      return sink.write(bytes);
    },
    async finish() {
      if (text !== '') await sink.write(codec.encode(text));
      await sink.finish();
    },
    discard: () => sink.discard(),
  };
}
