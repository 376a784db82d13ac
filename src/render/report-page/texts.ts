export type ReportLanguage = 'en' | 'de';

/** All words of the page except those of single errors, which are in `cures.ts`. */
export interface Texts {
  language: ReportLanguage;
  count(value: number): string;
  /** Of an instant in ISO 8601, with the zone. */
  time(at: string): string;
  title(org: string): string;
  accepted: string;
  someRejected(count: number): string;
  refusedState: string;
  failedState: string;
  dryRun: string;
  arrived: string;
  file: string;
  organization: string;
  run: string;
  rows: string;
  created: string;
  updated: string;
  unchanged: string;
  superseded: string;
  deactivated: string;
  rejected: string;
  changes: string;
  refused: string;
  contacts(counts: { created: number; updated: number }): string;
  lastRuns: string;
  atMost: string;
  rejectedRows: string;
  rowCount(count: number): string;
  inLines(lines: string): string;
  and: string;
  correct: string;
  notes: string;
  refusedWhy: string;
  failedWhy: string;
  nothingWritten: string;
  perhapsWritten: string;
  changedCustomers: string;
  more(count: number): string;
  noChanges: string;
  blank: string;
  quoted(value: string): string;
  yes: string;
  no: string;
  kinds: Record<string, string>;
  /** The display name of a field: `billing_city` is `City (billing)`. */
  field(name: string): string;
}

const english: Texts = {
  language: 'en',
  ...formats('en-GB'),
  title: (org) => `Import of customers into ${org}`,
  accepted: 'All rows were accepted.',
  someRejected: (count) =>
    count === 1
      ? '1 row was rejected. All others were imported.'
      : `${formats('en-GB').count(count)} rows were rejected. All others were imported.`,
  refusedState: 'The import was refused. Nothing was written.',
  failedState: 'The import ended with an error.',
  dryRun: 'This was a dry run: it shows what an import would do, and wrote nothing.',
  arrived: 'What arrived',
  file: 'File',
  organization: 'Organization',
  run: 'Run',
  rows: 'Rows',
  created: 'New',
  updated: 'Changed',
  unchanged: 'Unchanged',
  superseded: 'Repeated',
  deactivated: 'Deactivated',
  rejected: 'Rejected',
  changes: 'Changes',
  refused: 'Refused',
  contacts: ({ created, updated }) =>
    `Contacts: ${formats('en-GB').count(created)} new, ${formats('en-GB').count(updated)} changed.`,
  lastRuns: 'The last runs',
  atMost: 'at most',
  rejectedRows: 'Rejected rows, and how to correct them',
  rowCount: (count) => (count === 1 ? '1 row' : `${formats('en-GB').count(count)} rows`),
  inLines: (lines) => `line ${lines}`,
  and: 'and',
  correct: 'In the ERP:',
  notes: 'Notes',
  refusedWhy: 'Why the import was refused',
  failedWhy: 'What happened',
  nothingWritten: 'The customers are as they were before.',
  perhapsWritten: 'The list of runs shows whether it was written.',
  changedCustomers: 'What changed',
  more: (count) => `and ${formats('en-GB').count(count)} more`,
  noChanges: 'No customer was changed.',
  blank: '(blank)',
  quoted: (value) => `“${value}”`,
  yes: 'yes',
  no: 'no',
  field: fieldNames(
    {
      name: 'Name',
      erp_customer_number: 'Customer number',
      email: 'Email',
      default_currency: 'Currency',
      default_language: 'Language',
      notes: 'Notes',
      is_active: 'Active',
      phone: 'Phone',
      role: 'Role',
      is_primary: 'Primary contact',
      street: 'Street',
      street2: 'Second address line',
      city: 'City',
      postal_code: 'Postcode',
      state: 'State',
      country: 'Country',
    },
    { billing: 'billing', shipping: 'shipping' },
  ),
  kinds: {
    created: 'new',
    updated: 'changed',
    deactivated: 'deactivated',
    reactivated: 'active again',
    removed: 'removed',
  },
};

const german: Texts = {
  language: 'de',
  ...formats('de-DE'),
  title: (org) => `Kundenimport für ${org}`,
  accepted: 'Alle Zeilen wurden übernommen.',
  someRejected: (count) =>
    count === 1
      ? '1 Zeile wurde abgelehnt. Alle anderen wurden übernommen.'
      : `${formats('de-DE').count(count)} Zeilen wurden abgelehnt. Alle anderen wurden übernommen.`,
  refusedState: 'Der Import wurde verweigert. Es wurde nichts geschrieben.',
  failedState: 'Der Import endete mit einem Fehler.',
  dryRun: 'Das war ein Probelauf: Er zeigt, was ein Import täte, und hat nichts geschrieben.',
  arrived: 'Was angekommen ist',
  file: 'Datei',
  organization: 'Organisation',
  run: 'Lauf',
  rows: 'Zeilen',
  created: 'Neu',
  updated: 'Geändert',
  unchanged: 'Unverändert',
  superseded: 'Mehrfach',
  deactivated: 'Deaktiviert',
  rejected: 'Abgelehnt',
  changes: 'Änderungen',
  refused: 'Verweigert',
  contacts: ({ created, updated }) =>
    `Ansprechpartner: ${formats('de-DE').count(created)} neu, ${formats('de-DE').count(updated)} geändert.`,
  lastRuns: 'Die letzten Läufe',
  atMost: 'höchstens',
  rejectedRows: 'Abgelehnte Zeilen und wie sie zu berichtigen sind',
  rowCount: (count) => (count === 1 ? '1 Zeile' : `${formats('de-DE').count(count)} Zeilen`),
  inLines: (lines) => `Zeile ${lines}`,
  and: 'und',
  correct: 'Im ERP:',
  notes: 'Hinweise',
  refusedWhy: 'Warum der Import verweigert wurde',
  failedWhy: 'Was geschehen ist',
  nothingWritten: 'Die Kunden sind, wie sie vorher waren.',
  perhapsWritten: 'Die Liste der Läufe zeigt, ob er geschrieben wurde.',
  changedCustomers: 'Was sich geändert hat',
  more: (count) => `und ${formats('de-DE').count(count)} weitere`,
  noChanges: 'Kein Kunde wurde geändert.',
  blank: '(leer)',
  quoted: (value) => `„${value}“`,
  yes: 'ja',
  no: 'nein',
  field: fieldNames(
    {
      name: 'Name',
      erp_customer_number: 'Kundennummer',
      email: 'E-Mail',
      default_currency: 'Währung',
      default_language: 'Sprache',
      notes: 'Notizen',
      is_active: 'Aktiv',
      phone: 'Telefon',
      role: 'Funktion',
      is_primary: 'Hauptansprechpartner',
      street: 'Straße',
      street2: 'Adresszusatz',
      city: 'Ort',
      postal_code: 'Postleitzahl',
      state: 'Bundesland',
      country: 'Land',
    },
    { billing: 'Rechnung', shipping: 'Lieferung' },
  ),
  kinds: {
    created: 'neu',
    updated: 'geändert',
    deactivated: 'deaktiviert',
    reactivated: 'wieder aktiv',
    removed: 'entfernt',
  },
};

export const texts: Record<ReportLanguage, Texts> = { en: english, de: german };

function formats(locale: string): Pick<Texts, 'count' | 'time'> {
  const number = new Intl.NumberFormat(locale);
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  return { count: (value) => number.format(value), time: (at) => time.format(new Date(at)) };
}

function fieldNames(names: Record<string, string>, sides: Record<string, string>): (name: string) => string {
  return (name) => {
    const [, side = '', part = ''] = /^(billing|shipping)_(.+)$/.exec(name) ?? [];
    return side === '' ? (names[name] ?? name) : `${names[part] ?? part} (${sides[side]})`;
  };
}
