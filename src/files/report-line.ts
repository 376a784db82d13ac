/*
 * Lines that reports and database tools print around the rows of a table, recognised by their words and form.
 */

const isFilled = (cell: string) => cell !== '' && cell.trim() !== '';
const filledIn = (cells: string[]) => cells.filter(isFilled);

/** The index of the first non-blank cell from `from` on; the number of cells if all are blank. */
function nextFilled(cells: string[], from: number): number {
  let index = from;
  while (index < cells.length && !isFilled(cells[index] as string)) index++;
  return index;
}

/** Words that begin a line of totals and no company name. */
const sums =
  /^\s*(?:grand total|sub-?total|zwischensumme|gesamtsummen?|gesamt(?:betrag|ergebnis)|teilergebnis|endsummen?|endbetrag|summen?|total g[ée]n[ée]ral|sous-total|totale generale|totale complessivo|subtotale|suma total|somme|insgesamt|übertrag)(?:\b|$)/iu;
/**
 * Words that mean such a line only if they are alone, or next to a number or a unit: TotalEnergies is a
 * company.
 */
const sumsAlone =
  /^\s*(?:totals?|totale|totaal|sum|suma|gesamt|anzahl|count|saldo|ergebnis|nombre|numero)\s*(?:[:=]?\s*[\d.,'’ ]*\s*(?:kunden|customers?|clients?|clienti|rows?|zeilen|datens[äa]tze|records?|stück|firmen)?\s*[:=]?\s*[\d.,'’ ]*)?$/iu;
const legalForm =
  /\b(?:GmbH|AG|KG|OHG|UG|SE|e\.K\.|Ltd|LLC|Inc|S\.?A\.?|SARL|S\.?r\.?l\.?|B\.?V\.?|Sp\. z o\.o\.)(?:\W|$)/;

/**
 * A row of totals: more of its cells are blank than filled, and the first one begins with a word for a total.
 */
export function isTotals(cells: string[]): boolean {
  const first = cells[nextFilled(cells, 0)] ?? '';
  // Most rows begin with a number.
  if (/^[\d"]/.test(first)) return false;
  const word = sums.exec(first)?.[0];
  const alone = word?.length === first.trimEnd().length || sumsAlone.test(first);
  if ((!alone && word === undefined) || legalForm.test(first)) return false;
  return filledIn(cells).length * 2 <= cells.length + (alone ? 1 : 0);
}

const rule = /^[-=_*+|\s]{2,}$|^[-=]$/;
/** Column types as databases and SAP name them. */
const typeName =
  /^(?:(?:n|var|nvar)?char(?:acter)?2?(?: varying)?|(?:long ?)?text|string|(?:big|small|tiny)?int(?:eger)?|numeric|number|decimal|float|double|real|money|date(?:time)?2?|time(?:stamp)?|bool(?:ean)?|bit|uuid|guid|zahl|ganzzahl|datum|zeichen(?:kette)?|alphanumerisch|numc|dats|tims|curr|cuky|lang|clnt|unit|quan)\s*(?:\(\s*\d+(?:\s*,\s*\d+)?\s*\))?$/i;
/** A report's line about itself. */
const reportNote =
  /^\W*(?:(?:seite|page|pagina|página|blatt|sheet)\s*:?\s*\d+(?:\s*(?:\/|von|of|sur|di|de|-)\s*\d+)?|\d+\s*(?:rows?|zeilen?|datens[äa]tze?|records?|lignes?|righe|treffer)\b.*|(?:stand|druckdatum|erstellt|gedruckt|ausgedruckt|printed|created|generated|exported|exportiert|export vom|export from|date|datum|benutzer|user|filter|auswahl|selection|mandant|report|liste|auswertung)\b\s*(?:am|on|at|von|by|vom)?\s*(?::.*|\d.*)|ende (?:der liste|des berichts|der datei)|end of (?:the )?(?:file|report|list))\W*$/iu;

/** `--- Ende ---`, `*** Gruppe Süd ***`. */
const framed = /^\s*([-=_*+#~])\1.*[\p{L}\d].*\1\1\s*$/u;

/** Columns (by index) that nine in ten rows of the sample fill; empty if the sample is too small. */
export function columnsAlwaysFilled(width: number, sample: string[][]): number[] {
  if (sample.length < 3) return [];
  const columns = Array.from({ length: width }, (_, index) => index);
  const countFilled = (index: number) => sample.filter((cells) => isFilled(cells[index] ?? '')).length;
  return columns.filter((index) => countFilled(index) >= 0.9 * sample.length);
}

/** Whether a record is not a row: a ruled line, column types, a note of the report, a group heading. */
export function isNoRow(cells: string[], { alwaysFilled }: { alwaysFilled: number[] }): boolean {
  const first = nextFilled(cells, 0);
  const text = cells[first] ?? '';
  if (nextFilled(cells, first + 1) < cells.length) {
    if (rule.test(text)) return filledIn(cells).every((cell) => rule.test(cell));
    return typeName.test(text.trim()) && filledIn(cells).every((cell) => typeName.test(cell.trim()));
  }
  if (cells.length < 3) return false;
  if (reportNote.test(text) || framed.test(text)) return true;
  // A heading: every other column that has a value in nearly all rows is blank.
  const missing = alwaysFilled.filter((index) => (cells[index] as string).trim() === '');
  return missing.length >= 2;
}
