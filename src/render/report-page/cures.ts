import type { ReportLanguage } from './texts.ts';

/** The meaning of an error code to the person who maintains the ERP, and what to correct there. */
export type Cure = Record<ReportLanguage, { what: string; cure: string }>;

function cure(what: string, doThis: string, was: string, tu: string): Cure {
  return { en: { what, cure: doThis }, de: { what: was, cure: tu } };
}

/** By code, as in docs/problems.md. For a code that is missing here, the tool's own message is shown. */
export const cures: Record<string, Cure> = {
  name_required: cure(
    'The name is missing',
    'enter the name of the company or person.',
    'Der Name fehlt',
    'den Namen der Firma oder Person eintragen.',
  ),
  currency_required: cure(
    'The currency is missing',
    'enter a currency such as EUR or CHF, or have one set as the default of the import.',
    'Die Währung fehlt',
    'eine Währung wie EUR oder CHF eintragen oder im Import eine Vorgabe setzen lassen.',
  ),
  language_required: cure(
    'The language is missing',
    'enter a language such as de-DE, or have one set as the default of the import.',
    'Die Sprache fehlt',
    'eine Sprache wie de-DE eintragen oder im Import eine Vorgabe setzen lassen.',
  ),
  contact_email_required: cure(
    'A contact has no email address',
    'enter the address of the contact, or leave its other fields blank.',
    'Ein Ansprechpartner hat keine E-Mail-Adresse',
    'seine Adresse eintragen oder auch seine übrigen Felder leer lassen.',
  ),
  too_long: cure(
    'The text is too long',
    'shorten it, or move a part to the notes.',
    'Der Text ist zu lang',
    'ihn kürzen oder einen Teil in die Notizen verschieben.',
  ),
  control_character: cure(
    'The text has a line break or an invisible character',
    'write it on one line. Text from a PDF is best typed anew.',
    'Der Text enthält einen Zeilenumbruch oder ein unsichtbares Zeichen',
    'ihn in eine Zeile schreiben. Aus einem PDF Kopiertes am besten neu tippen.',
  ),
  replacement_character: cure(
    'A letter was lost when the file was made',
    'type the text again, and export as UTF-8.',
    'Beim Erstellen der Datei ging ein Buchstabe verloren',
    'den Text neu eingeben und als UTF-8 exportieren.',
  ),
  decoded_twice: cure(
    'Umlauts were damaged, such as MÃ¼ller for Müller',
    'correct the text; it was imported into the ERP in the wrong encoding.',
    'Umlaute sind beschädigt, etwa MÃ¼ller statt Müller',
    'den Text berichtigen; er kam in falscher Kodierung ins ERP.',
  ),
  decoded_wrongly: cure(
    'Umlauts were damaged, such as M√ºller for Müller',
    'correct the text; it was imported into the ERP in the wrong encoding.',
    'Umlaute sind beschädigt, etwa M√ºller statt Müller',
    'den Text berichtigen; er kam in falscher Kodierung ins ERP.',
  ),
  escaped_text: cure(
    'The text has codes of a web page, such as M&uuml;ller',
    'write the letters themselves.',
    'Der Text enthält Codes einer Webseite, etwa M&uuml;ller',
    'die Buchstaben selbst schreiben.',
  ),
  spreadsheet_damage: cure(
    'A spreadsheet has changed the number',
    'enter the number again, and make the column a text column before it is exported.',
    'Eine Tabellenkalkulation hat die Nummer verändert',
    'die Nummer neu eintragen und die Spalte vor dem Export als Text formatieren.',
  ),
  placeholder: cure(
    'The customer number is a word for “none”',
    'give the customer a number of its own, or leave the field blank.',
    'Statt einer Kundennummer steht ein Wort für „keine“ da',
    'dem Kunden eine eigene Nummer geben oder das Feld leer lassen.',
  ),
  invalid_currency: cure(
    'The currency is not a known code',
    'enter the three letters of ISO 4217, such as EUR.',
    'Die Währung ist kein bekannter Code',
    'die drei Buchstaben nach ISO 4217 eintragen, etwa EUR.',
  ),
  invalid_language: cure(
    'The language is not known',
    'enter a code such as de, de-AT or fr-CH.',
    'Die Sprache ist nicht bekannt',
    'einen Code wie de, de-AT oder fr-CH eintragen.',
  ),
  invalid_country: cure(
    'The country is not known',
    'enter its two-letter code, such as DE, AT or CH, or its name.',
    'Das Land ist nicht bekannt',
    'seinen zweistelligen Code, etwa DE, AT oder CH, oder seinen Namen eintragen.',
  ),
  invalid_email: cure(
    'This is not an email address',
    'correct it. A field takes one address.',
    'Das ist keine E-Mail-Adresse',
    'sie berichtigen. Ein Feld nimmt eine Adresse auf.',
  ),
  invalid_boolean: cure(
    'The value is neither yes nor no',
    'enter yes or no.',
    'Der Wert ist weder ja noch nein',
    'ja oder nein eintragen.',
  ),
  possible_duplicate: cure(
    'A customer with this name or email exists already, and the row has no customer number',
    'export the customer number, too.',
    'Einen Kunden mit diesem Namen oder dieser E-Mail gibt es schon, und die Zeile hat keine Kundennummer',
    'die Kundennummer mit exportieren.',
  ),
  customer_not_found: cure(
    'The file only changes existing customers, and no customer has this number',
    'check the number, or wait until the customer itself has been transferred.',
    'Die Datei ändert nur bestehende Kunden, und keiner hat diese Nummer',
    'die Nummer prüfen oder warten, bis der Kunde selbst übertragen ist.',
  ),
  customer_exists: cure(
    'The file only creates customers, and this one exists already',
    'nothing, if the customer is the same.',
    'Die Datei legt nur neue Kunden an, und diesen gibt es schon',
    'nichts, wenn es derselbe Kunde ist.',
  ),
  ambiguous_customer: cure(
    'The row fits two customers',
    'give each customer an email address or number of its own.',
    'Die Zeile passt zu zwei Kunden',
    'jedem Kunden eine eigene E-Mail-Adresse oder Nummer geben.',
  ),
  lost_leading_zeros: cure(
    'The customer number has lost its leading zeros',
    'export the number as text.',
    'Die Kundennummer hat ihre führenden Nullen verloren',
    'die Nummer als Text exportieren.',
  ),
  no_row: cure(
    'The line is a heading, a total or a note, and no customer',
    'export the list, not the printed report.',
    'Die Zeile ist Überschrift, Summe oder Anmerkung und kein Kunde',
    'die Liste exportieren, nicht den Druckbericht.',
  ),
  totals_row: cure(
    'The line is a total, and no customer',
    'export the list without totals.',
    'Die Zeile ist eine Summe und kein Kunde',
    'die Liste ohne Summen exportieren.',
  ),
  another_table: cure(
    'Another table begins here',
    'put each table into a file of its own.',
    'Hier beginnt eine andere Tabelle',
    'jede Tabelle in eine eigene Datei exportieren.',
  ),
  too_few_cells: cure(
    'The line has fewer values than there are columns',
    'look for a line break within a value.',
    'Die Zeile hat weniger Werte als Spalten',
    'nach einem Zeilenumbruch in einem Wert suchen.',
  ),
  too_many_cells: cure(
    'The line has more values than there are columns',
    'a value with the separator in it must be in quotes: check the export settings.',
    'Die Zeile hat mehr Werte als Spalten',
    'ein Wert mit dem Trennzeichen darin gehört in Anführungszeichen: die Exporteinstellungen prüfen.',
  ),
};
