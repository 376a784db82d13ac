import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { openSource } from '../../src/files/source.ts';
import { inspectFile } from '../../src/import/inspect-file.ts';

/** What an inspection says of a file: `line code` of each problem, and how many rows it would accept. */
async function inspected(
  bytes: string | Buffer,
  options: { encoding?: string; delimiter?: string; quote?: string } = {},
) {
  const source = await openSource('-', { stdin: Readable.from([Buffer.from(bytes as string)]), cwd: '.' });
  try {
    const defaults = { currency: 'EUR', language: 'de-DE' };
    const { signal } = new AbortController();
    const { inspection } = await inspectFile({ source, defaults, signal, ...options });
    const problems = inspection.problems.map(({ line, code }) => `${line} ${code}`);
    return [inspection.accepted, ...new Set(problems)];
  } catch (error) {
    if (error instanceof Failure) return [error.code];
    throw error;
  } finally {
    source.close();
  }
}

const lines = (...rows: string[]) => `${rows.join('\n')}\n`;
const header = 'erp_customer_number,name,billing_street';
const rows = ['1,Alpha GmbH,Ring 1', '2,Beta KG,Hof 2', '3,Gamma AG,Weg 3'];

test.each<[string, string | Buffer, (number | string)[]]>([
  [
    'a stray quote that would swallow a row',
    lines(header, '1,Alpha,"Ring 1', '2,Beta,Hof 12"', '3,Gamma,x'),
    [1, '2 unclosed_quote', '3 stray_quote'],
  ],
  [
    'one over three rows',
    lines(header, '1,"Alpha,Ring 1', '2,Beta,Hof 2', '3,Gamma",x', '4,D,y'),
    [2, '2 unclosed_quote', '4 stray_quote'],
  ],
  ['a value of several lines', lines(header, '1,Alpha,"Ring 1\nHof"', '2,Beta,x'), [2]],
  ['the header again', lines(header, ...rows, header, '4,Delta,x'), [4]],
  ['the header again in other words', lines(header, ...rows, 'Kundennummer,Firma,Straße', '4,Delta,x'), [4]],
  [
    'columns in another order',
    lines(header, ...rows, 'name,erp_customer_number,billing_street', 'D,4,x'),
    [3, '5 another_table', '6 another_table'],
  ],
  [
    'columns in another order, in other words',
    lines(header, ...rows, 'Firma,Straße,Kundennummer', 'D,x,4'),
    [3, '5 another_table', '6 another_table'],
  ],
  [
    'technical names below the header',
    lines('Kundennummer;Firma;Ort', 'KUNNR;NAME1;ORT01', '1;Alpha;Bonn'),
    [1],
  ],
  ['types below the header', lines(header, 'varchar(10),nvarchar(40),varchar(40)', ...rows), [3, '2 no_row']],
  ['dashes below the header', lines(header, '-----,-----,---', ...rows), [3, '2 no_row']],
  ['a page number', lines(header, ...rows, ',Seite 1 von 2,'), [3, '5 no_row']],
  ['an end between dashes', lines(header, ...rows, ',--- Ende ---,'), [3, '5 no_row']],
  ['a group between stars', lines(header, '**Gruppe Süd**,,', ...rows), [3, '2 no_row']],
  [
    'companies with signs in their names',
    lines(header, '1,*** Hotel ***,', '2,--Punkt--,x', '3,Stern *** GmbH,'),
    [3],
  ],
  ['a date of printing', lines(header, ...rows, ',Stand: 28.11.2026,'), [3, '5 no_row']],
  ['Gesamtergebnis', lines(header, ...rows, 'Gesamtergebnis,,'), [3, '5 totals_row']],
  ['Endsumme', lines(header, ...rows, 'Endsumme,3,'), [3, '5 totals_row']],
  ['Totale', lines(header, ...rows, 'Totale,,'), [3, '5 totals_row']],
  [
    'companies named like totals',
    lines(header, '1,Total Deutschland GmbH,', '2,Sum Up Ltd,', '3,Summit AG,'),
    [3],
  ],
  ['a mark read as text', `ï»¿${lines(header, ...rows)}`, [3]],
  ['a mark of a DOS program', `∩╗┐${lines(header, ...rows)}`, [3]],
  ['two marks', `\ufeff\ufeff${lines(header, ...rows)}`, [3]],
  ['a mark amid a joined file', `${lines(header, ...rows)}\ufeff${lines(header, '4,Delta,x')}`, [4]],
  [
    'numbers that a program has rewritten',
    lines(header, '10001.0,A,', '1.0045678E7,B,', '1.234.567,C,', '11-Oct,D,', 'Mrz 24,E,', '#NOMBRE?,F,'),
    [0, ...[2, 3, 4, 5, 6, 7].map((line) => `${line} spreadsheet_damage`)],
  ],
  [
    'numbers that are to be undone',
    lines(header, '="00123",A,', '"=""00124""",B,', "'00125,C,", '\u200b126,D,'),
    [4],
  ],
  [
    'placeholders for numbers',
    lines(header, ...['NULL', '-', '0', 'n/a', 'k.A.', 'neu', '(leer)'].map((number) => `${number},A,`)),
    [0, ...[2, 3, 4, 5, 6, 7, 8].map((line) => `${line} placeholder`)],
  ],
  [
    'text decoded wrongly',
    lines(header, '1,M√ºller,', '2,M├╝ller,', '3,Mьnchen,', '4,Mόller,', '5,M„ller,'),
    [0, ...[2, 3, 4, 5, 6].map((line) => `${line} decoded_wrongly`)],
  ],
  [
    'text with escapes',
    lines(header, '1,M&uuml;ller,', String.raw`2,M\u00fcller,`, '3,M_x000D_ller,'),
    [0, '2 escaped_text', '3 escaped_text', '4 escaped_text'],
  ],
  ['text with lost letters', lines(header, '1,M?ller,', '2,Wer? Wie? Was?,'), [2, '2 lost_letter']],
  ['an end without a line break', `${header}\n1,Alpha,Ring`, [1, '2 no_final_line_break']],
  [
    'blank cells dropped at the end',
    lines(
      `${header},email,notes,contact_role`,
      '1,A,x,,,',
      '2,B,x,,,',
      ...[3, 4, 5, 6].map((number) => `${number},K${number},x`),
    ),
    [6],
  ],
  ['a delimiter too many in the rows', lines(header, ...rows.map((row) => `${row},`)), [3]],
  ['a delimiter too many in the header', lines(`${header},`, ...rows), [3]],
  ['a delimiter too many in one row', lines(header, ...rows, '4,Del,ta,'), [3, '5 too_many_cells']],
  ['rows quoted as a whole', lines(`"${header}"`, '"1,Alpha,x"', '"2,""Beta, KG"",y"'), [2]],
  ['rows alone quoted as a whole', lines(header, '"1,Alpha,x"', '"2,""Beta, KG"",y"'), [2]],
  ['spaces behind quotes', lines(header, '"1" ,"Alpha" ,"x"', '"2" ,"Beta" ,"y" '), [2]],
  [
    'tabs and a quote in a name',
    lines('Kundennummer\tFirma\tOrt', '1\tRohre 12" GmbH\tBonn', '2\tBeta\tBonn', '3\tGamma\tBonn'),
    [3],
  ],
  ['a page of HTML', '<html><body><table><tr><td>name</td></tr></table>', ['unsupported_format']],
  ['XML of Excel 2003', '<?xml version="1.0"?><Workbook><Worksheet/></Workbook>', ['unsupported_format']],
])('%s', async (_name, file, expected) => {
  expect(await inspected(file)).toEqual(expected);
});

test('a mark of UTF-8 before Windows-1252: --encoding decides', async () => {
  const bytes = Buffer.concat([Buffer.from('\ufeff'), Buffer.from(lines(header, '1,Müller,x'), 'latin1')]);
  expect(await inspected(bytes, { encoding: 'windows-1252' })).toEqual([1]);
});

test('the separators of ASCII, and no quotes at all, by their flags', async () => {
  expect(
    await inspected(lines(...[header, ...rows].map((row) => row.replaceAll(',', '\u001f'))), {
      delimiter: '\u001f',
    }),
  ).toEqual([3]);
  expect(await inspected(lines(header, '1,Rohre 12" GmbH,x', '2,"Beta",y'), { quote: '' })).toEqual([2]);
});
