import type { AddressPart } from '../../model/address.ts';
import type { FieldName } from '../../model/fields.ts';
import { fieldNames } from '../../model/fields.ts';
import { nearName } from '../../model/near-name.ts';

/**
 * ERP names for a field, in English and German. Only names that are unambiguous: names that are merely likely
 * are in `likely`, and are suggested, never used.
 *
 * Written as the key that `synonymKey` returns: lower case, ä as ae, ß as ss, without spaces and punctuation.
 */
const sure: Partial<Record<FieldName, string>> = {
  erp_customer_number: `kundennummer kundennr kundenr kundenno kdnr kdnummer kundnr kunr kunnr debitorennummer
    debitorennr debitornummer debitornr customernumber customerno customernr customernum customeraccountnumber custno
    custnr custnumber clientnumber erpnumber erpnummer erpno erpnr erpkundennummer erpcustomerno`,
  name: `firma firmenname firmenbezeichnung firmierung name1 kundenname customername company companyname clientname
    debitorenname debitorname`,
  email: `mail emailadresse emailaddress mailadresse kundenemail customeremail companyemail firmenemail emailfirma
    smtpaddr`,
  default_currency: `waehrung waehrungscode waehrungsschluessel waehrungskennzeichen waehrungiso isowaehrung
    standardwaehrung kundenwaehrung currency currencycode isocurrency isocurrencycode customercurrency waers`,
  default_language: `sprache sprachcode sprachschluessel sprachkennzeichen korrespondenzsprache kundensprache
    standardsprache language languagecode languagetag preferredlanguage customerlanguage spras`,
  notes: `bemerkung bemerkungen notiz notizen anmerkung anmerkungen kommentar kommentare note remark remarks comment
    comments`,
  is_active: 'aktiv istaktiv kundeaktiv active',
  contact_email: `ansprechpartneremail emailansprechpartner ansprechpartnermail kontaktemail emailkontakt
    kontaktpersonemail emailaddresscontact contactemailaddress contactmail contactpersonemail`,
  contact_name: `ansprechpartner ansprechpartnername nameansprechpartner ansprechperson kontaktperson kontaktname
    contactperson contactpersonname`,
  contact_phone: `telefon telefonnummer telefonnr tel telnr phone phonenumber phoneno telephone telephonenumber
    telephoneno telefonansprechpartner ansprechpartnertelefon kontakttelefon contactphonenumber contacttelephone telf1`,
  contact_role: 'contactposition contactjobtitle ansprechpartnerfunktion ansprechpartnerposition jobtitle',
};

/** Parts of an address, with or without a word for the side; without one, the billing address is meant. */
const sureParts: Record<AddressPart, string> = {
  street: `street strasse str streetaddress strassehausnummer strasseundhausnummer strassehausnr strasseundhausnr
    strassehnr strasseundnr strassenr streetandnumber address1 addressline1 addressstreet stras`,
  street2: 'street2 strasse2 address2 addressline2 adresszusatz addresssupplement streetaddress2',
  postal_code: `postalcode plz postleitzahl zip zipcode postcode zippostalcode zipcodepostalcode postalcodezip zippostcode
    addresszip addresspostalcode pstlz`,
  city: 'city ort stadt town wohnort citytown addresscity ort01',
  state: 'bundesland kanton province stateprovince addressstate',
  country: `country land countrycode countryregion countryregioncode countryiso isocountrycode laendercode laenderkz
    laenderkennzeichen laenderschluessel landcode landkz landiso isoland addresscountry addresscountrycode land1`,
};

/**
 * Unambiguous only next to one of `unmistakable`: a "State" alone, or a "Delivery State", may be a status.
 */
const sureWithSide: Partial<Record<AddressPart, string>> = { state: 'state statecode region county' };
const unmistakable = new Set([
  'billing',
  'billto',
  'billingaddress',
  'shipping',
  'shipto',
  'shippingaddress',
]);

const sideWords: Record<'billing' | 'shipping', string> = {
  billing: `billing billto billingaddress billtoaddress invoice invoiceaddress invoicing rechnung rechnungs
    rechnungsadresse rechnungsanschrift fakturaadresse`,
  shipping: `shipping shipto shippingaddress shiptoaddress delivery deliveryaddress liefer lieferung lieferadresse
    lieferanschrift versandadresse versandanschrift warenempfaenger`,
};

/** Names that often mean a field but may mean something else: suggested, never used. */
const likely: Partial<Record<FieldName, string>> = {
  erp_customer_number: `nummer nr no number konto kontonr debitor debitoren customerid custid kundenid kundenkennung
    clientid accountnumber accountno code kundencode customercode externalid erpid ref reference personenkonto adressnummer`,
  name: `kunde customer client account accountname kurzname bezeichnung matchcode suchbegriff name2 name3 nachname lastname
    organisation organization unternehmen displayname fullname`,
  email: 'emailprivat rechnungsemail emailrechnung billingemail invoiceemail email1 kontaktmail',
  default_currency: 'wkz whg kontowaehrung',
  default_language: 'lang locale spr sprachid languageid',
  notes: 'memo info hinweis hinweise beschreibung description text freitext zusatzinfo internenotiz',
  // Not `gesperrt` or `blocked`: `isContrary` recognises them.
  is_active: 'status kundenstatus aktivinaktiv enabled',
  billing_street:
    'adresse address anschrift adresszeile1 strassenname streetname postanschrift rechnungsadresse billingaddress',
  billing_street2: 'zusatz adresszeile2 addresszusatz address3 addressline3',
  billing_city: 'plzort ortsteil place gemeinde',
  billing_state: 'state region county regio statecode',
  billing_country: 'staat lkz nation iso',
  shipping_street: 'lieferadresse lieferanschrift shippingaddress deliveryaddress shiptoaddress',
  contact_name: 'kontakt contact hauptansprechpartner zuhaenden zhd firstname vorname',
  contact_phone: 'telefon1 telefon2 tel1 phone1 mobil mobile mobiltelefon handy rufnummer',
  contact_role: 'funktion position rolle abteilung department',
};

/** Columns that state whether a customer is not active. */
const contraryWords = new Set(
  words(`gesperrt istgesperrt kundegesperrt blocked isblocked customerblocked inaktiv istinaktiv inactive isinactive
    deaktiviert istdeaktiviert deactivated isdeactivated disabled isdisabled`),
);

/** House numbers in a column of their own: the street column is then only half of the street. */
const houseNumberWords = 'hausnummer hausnr hnr hausno housenumber houseno streetnumber strassennummer';

/**
 * Parts of a second address, such as `PLZ 2`: then `Straße 2` is its street, not a second line of the first.
 */
const secondAddressWords = `plz2 postleitzahl2 ort2 stadt2 land2 city2 town2 zip2 zipcode2 postcode2 postalcode2
  country2 countrycode2 state2`;

/**
 * A person's first name next to `name`: then `name` may be the last name, and the company is in another
 * column.
 */
const firstNameWords = new Set(['vorname', 'firstname', 'givenname', 'forename']);

const surePartOf = index(sureParts);
const surePartWithSide = index(sureWithSide);
// Fields' own names too, for headers with punctuation (`Name *`).
const sureField = new Map([...index(sure), ...fieldNames.map((name) => [synonymKey(name), name] as const)]);
const likelyField = index(likely);
const secondAddress = new Set(words(secondAddressWords));
const houseNumber = new Set(words(houseNumberWords));
// The longest first: `rechnungsadresse` before `rechnung`.
const sides = (['billing', 'shipping'] as const)
  .flatMap((side) => words(sideWords[side]).map((word) => ({ side, word })))
  .toSorted((one, other) => other.word.length - one.word.length);

/** The field that a header name means unambiguously; otherwise undefined. */
export function fieldBySynonym(header: string): FieldName | undefined {
  if (header.trimStart().startsWith('_')) return undefined;
  const key = synonymKey(header);
  const part = surePartOf.get(key);
  return sureField.get(key) ?? (part === undefined ? sidedField(key) : `billing_${part}`);
}

/** The field among `free` that a header name may mean: an ambiguous word, or a mistyped name. */
export function suggestField(header: string, free: readonly FieldName[]): FieldName | undefined {
  const key = synonymKey(header);
  const meant =
    fieldBySynonym(header) ?? likelyField.get(key) ?? nearName(header, free, synonymKey) ?? mistyped(key);
  return meant !== undefined && free.includes(meant) ? meant : undefined;
}

/** Whether a name is a house number's, alone or of one side's address. */
export function isHouseNumber(header: string): boolean {
  const key = synonymKey(header);
  return houseNumber.has(key) || sides.some(({ word }) => houseNumber.has(withoutSide(key, word) ?? ''));
}

/** Whether a name is a part of a second address. */
export function isSecondAddress(header: string): boolean {
  return secondAddress.has(synonymKey(header));
}

/** Whether a name means the opposite of `is_active`. */
export function isContrary(header: string): boolean {
  return contraryWords.has(synonymKey(header));
}

export function isFirstName(header: string): boolean {
  return firstNameWords.has(synonymKey(header));
}

/** `Kd.-Nr.` → `kdnr`, `Straße` → `strasse`, `Customer #` → `customerno`. */
export function synonymKey(header: string): string {
  return header
    .normalize('NFC')
    .toLowerCase()
    .replaceAll('ä', 'ae')
    .replaceAll('ö', 'oe')
    .replaceAll('ü', 'ue')
    .replaceAll('ß', 'ss')
    .replace(/#\s*$/u, 'no')
    .normalize('NFD')
    .replace(/[\p{M}\p{P}\p{Z}\p{C}]+/gu, '');
}

function sidedField(key: string): FieldName | undefined {
  for (const { side, word } of sides) {
    const rest = withoutSide(key, word);
    if (rest === undefined) continue;
    const part = surePartOf.get(rest) ?? (unmistakable.has(word) ? surePartWithSide.get(rest) : undefined);
    if (part !== undefined) return `${side}_${part}`;
  }
  return undefined;
}

/** `lieferplz` and `plzliefer` without `liefer`. */
function withoutSide(key: string, word: string): string | undefined {
  if (key.startsWith(word)) return key.slice(word.length);
  return key.endsWith(word) ? key.slice(0, -word.length) : undefined;
}

function mistyped(key: string): FieldName | undefined {
  // Short words are similar to too many others.
  if (key.length < 6) return undefined;
  const near = nearName(key, longSynonyms, (name) => name);
  return near === undefined ? undefined : fieldBySynonym(near);
}

const longSynonyms = [...sureField.keys(), ...surePartOf.keys()].filter((key) => key.length >= 6);

function index<Key extends string>(table: Partial<Record<Key, string>>): Map<string, Key> {
  const found = new Map<string, Key>();
  for (const key of Object.keys(table) as Key[]) {
    for (const word of words(table[key] ?? '')) found.set(word, key);
  }
  return found;
}

function words(list: string): string[] {
  return list.split(/\s+/).filter((word) => word !== '');
}
