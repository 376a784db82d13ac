import type { FieldName } from '../../model/fields.ts';
import { quoted } from '../../model/printable.ts';
import { isPerhapsGrouped } from '../../model/spreadsheet-damage.ts';
import type { Finding } from '../finding.ts';

/**
 * Warns once per file of ERP numbers such as 10.200: some systems write them that way, and spreadsheets make
 * them of 10200. Called for each accepted row.
 */
export function createGroupedNumbersWarning(
  mapped: { name: string; field?: FieldName }[],
): (erpNumber: string) => Finding | undefined {
  const column = mapped.find(({ field }) => field === 'erp_customer_number');
  let warned = column === undefined;
  return (erpNumber) => {
    if (warned || column === undefined || !isPerhapsGrouped(erpNumber)) return undefined;
    warned = true;
    const problem = {
      code: 'number_with_thousands',
      message: `${quoted(erpNumber)} may be ${erpNumber.replace('.', '')} as a spreadsheet shows it`,
      hint: 'right if the ERP system itself writes the point; otherwise format the column as text and export it again',
    };
    return { column: column.name, value: erpNumber, problem };
  };
}
