export type CsvRow = Record<string, string | number | boolean | undefined>;

/** A CSV file (RFC 4180) with a column for every key that occurs; a key that is missing is a blank cell. */
export function csv(rows: CsvRow[], delimiter = ','): string {
  const header = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [header, ...rows.map((row) => header.map((name) => String(row[name] ?? '')))];
  return lines.map((cells) => `${cells.map((cell) => csvCell(cell, delimiter)).join(delimiter)}\n`).join('');
}

function csvCell(cell: string, delimiter: string): string {
  return /["\r\n]/.test(cell) || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** A row with what every row needs, and `fields` besides. */
export function customerRow(fields: CsvRow = {}): CsvRow {
  return { name: 'Beispiel GmbH', default_currency: 'EUR', default_language: 'de-DE', ...fields };
}

/** A plain reader for what the tool writes: every cell of every record, quotes taken off. */
export function readCsv(text: string, delimiter = ','): string[][] {
  const records: string[][] = [];
  let cells: string[] = [];
  let cell = '';
  let inQuotes = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index] as string;
    if (inQuotes) {
      if (character === '"' && text[index + 1] === '"') index++;
      else if (character === '"') {
        inQuotes = false;
        continue;
      }
      cell += character;
    } else if (character === '"') inQuotes = true;
    else if (character === delimiter || character === '\n') {
      cells.push(cell);
      cell = '';
      if (character === '\n') records.push(cells.splice(0));
    } else cell += character;
  }
  return records;
}

/** The records behind the header, each by its column names. */
export function readCsvRows(text: string, delimiter = ','): Record<string, string>[] {
  const [header = [], ...records] = readCsv(text, delimiter);
  return records.map((cells) => Object.fromEntries(header.map((name, index) => [name, cells[index] ?? ''])));
}
