/** A system whose export a shipped mapping reads. */
export interface KnownSystem {
  /** The mapping's name: `mappings/NAME.yaml`, `docs/sources/NAME.md`. */
  name: string;
  /** What it reads, for people. */
  title: string;
  /**
   * Sets of columns. A header that contains all of one set is from this system. Kept here instead of in the
   * mapping, so that a file is recognised without loading the YAML parser, which is a large module.
   */
  signatures: string[][];
}

export const knownSystems: readonly KnownSystem[] = [
  {
    name: 'business-central',
    title: 'Microsoft Dynamics 365 Business Central: Customers (Debitoren)',
    signatures: [
      ['No.', 'Name', 'Customer Posting Group'],
      ['No.', 'Name', 'Credit Limit (LCY)'],
      ['No.', 'Name', 'Sales (LCY)'],
      ['Nr.', 'Name', 'Debitorenbuchungsgruppe'],
      ['Nr.', 'Name', 'Kreditlimit (MW)'],
    ],
  },
  {
    name: 'datev-debitoren',
    title: 'DATEV: Debitoren/Kreditoren (EXTF, category 16)',
    signatures: [
      ['Konto', 'Name (Adressattyp Unternehmen)'],
      ['Konto', 'Name (Adressatentyp Unternehmen)'],
    ],
  },
  {
    name: 'hubspot-companies',
    title: 'HubSpot: companies (Unternehmen)',
    signatures: [
      ['Record ID', 'Company name'],
      ['Record ID', 'Company Name', 'Company owner'],
      ['Datensatz-ID', 'Unternehmensname'],
    ],
  },
  {
    name: 'jtl-wawi',
    title: 'JTL-Wawi: customers, by JTL-Ameise',
    signatures: [['Kundennummer', 'Kundengruppe', 'Firma', 'Vorname', 'Nachname']],
  },
  {
    name: 'lexoffice',
    title: 'lexoffice (Lexware Office): contacts',
    signatures: [
      ['Kundennummer', 'Firmenname', 'Straße 1', 'PLZ 1'],
      ['Kundennummer', 'Firmenname', 'Strasse 1', 'PLZ 1'],
    ],
  },
  {
    name: 'odoo',
    title: 'Odoo: contacts (res.partner)',
    signatures: [
      ['name', 'ref', 'parent_id/id'],
      ['name', 'ref', 'parent_id/.id'],
      ['name', 'ref', 'is_company'],
      ['Name', 'Reference', 'Related Company'],
      ['Name', 'Reference', 'Related Company/Name'],
      ['Name', 'Reference', 'Related Company/External ID'],
      ['Name', 'Referenz', 'Zugehöriges Unternehmen'],
      ['Name', 'Referenz', 'Zugehöriges Unternehmen/Name'],
    ],
  },
  {
    name: 'pipedrive',
    title: 'Pipedrive: organizations, or people with their organization',
    signatures: [
      ['Organization - Name', 'Organization - ID'],
      ['Organization - Name', 'Organization - Owner'],
      ['Organisation - Name', 'Organisation - ID'],
    ],
  },
  {
    name: 'sage-100',
    title: 'Sage 100 (Germany): customers',
    signatures: [['Kto', 'KtoArt', 'LieferPLZ']],
  },
  {
    name: 'sage-50',
    title: 'Sage 50 (Germany and Britain): customers',
    signatures: [
      ['Kundennummer', 'Matchcode', 'Name1'],
      ['Kundennummer', 'Matchcode', 'Name 1'],
      ['Account Reference', 'Account Name', 'Town'],
    ],
  },
  {
    name: 'sap-kna1',
    title: 'SAP ERP and S/4HANA: customer master (table KNA1)',
    signatures: [
      ['KUNNR', 'NAME1', 'LAND1'],
      ['Debitor', 'Name 1', 'Ort'],
      ['Customer', 'Name 1', 'City'],
    ],
  },
  {
    name: 'shopify',
    title: 'Shopify: customers',
    signatures: [
      ['Default Address Company', 'Default Address Zip'],
      ['First Name', 'Last Name', 'Province Code', 'Accepts Marketing'],
      ['First Name', 'Last Name', 'Province Code', 'Accepts Email Marketing'],
    ],
  },
  {
    name: 'woocommerce',
    title: 'WooCommerce: customers, by an export plugin',
    signatures: [
      ['user_email', 'billing_company', 'billing_postcode'],
      ['customer_id', 'email', 'date_registered', 'billing_postcode'],
    ],
  },
];

export function knownSystem(name: string): KnownSystem | undefined {
  return knownSystems.find((system) => system.name === name);
}

/** The system that wrote a file with this header; undefined if unknown or ambiguous. */
export function recogniseSystem(header: string[]): KnownSystem | undefined {
  const names = new Set(header.map((name) => name.normalize('NFC').trim()));
  const found = knownSystems.filter(({ signatures }) =>
    signatures.some((columns) => columns.every((column) => names.has(column))),
  );
  return found.length === 1 ? found[0] : undefined;
}
