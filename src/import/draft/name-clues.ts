import type { FieldName } from '../../model/fields.ts';
import { fieldNames } from '../../model/fields.ts';
import { fieldBySynonym, isHouseNumber, suggestField, synonymKey } from '../columns/column-synonyms.ts';
import { fieldOf } from '../columns/header-names.ts';

/**
 * What a column may be. `sure`: its name means the field; `likely`: used if its values fit the field; `weak`:
 * offered to a person, never used by itself.
 */
export interface Clue {
  field: FieldName;
  strength: 'sure' | 'likely' | 'weak';
}

/** A part of a field that several columns form, or several fields in one column. */
export type Part =
  | 'first_name'
  | 'last_name'
  | 'name_more'
  | 'postal_code_and_city'
  | 'billing_house_number'
  | 'shipping_house_number';

/**
 * Words of other European languages, and words too common for column-synonyms.ts, which has the German and
 * English ones. Written as the key of `synonymKey`.
 */
const foreign: Partial<Record<FieldName, string>> = {
  erp_customer_number: `id recordid datensatzid kto numeroclient codeclient noclient nclient codicecliente numerocliente codigocliente
    klantnummer debiteurnummer numerklienta kundenummer kundnummer`,
  name: `raisonsociale societe nomclient entreprise ragionesociale denominazione azienda razonsocial empresa
    bedrijfsnaam bedrijf firmanaam nazwa nazwafirmy firmanavn virksomhed foretag`,
  email: 'courriel adresseemail posta correo correoelectronico adresemail',
  default_currency: 'devise monnaie valuta divisa moneda waluta',
  default_language: 'langue lingua idioma taal jezyk sprog sprak',
  billing_street: 'adresszeile rue voie indirizzo direccion calle straat ulica gade',
  billing_postal_code: 'plzcode codepostal cap codigopostal kodpocztowy postnr postnummer',
  billing_city: 'ville localite citta ciudad poblacion plaats woonplaats miasto by stad',
  billing_state: 'bundesregion bundeslandregion bundeslandkanton stateregion provincia provincie wojewodztwo',
  billing_country: 'landregion laenderregionscode landesregionscode pays paese nazione pais kraj',
  notes: 'remarque remarques commentaire osservazioni observaciones opmerking opmerkingen uwagi',
  contact_name: 'interlocuteur referente contacto contactpersoon',
  contact_phone: 'telefono telefoon telephonefixe',
};

const parts: Record<Exclude<Part, 'billing_house_number' | 'shipping_house_number'>, string> = {
  first_name: 'vorname firstname givenname forename prenom nombre voornaam',
  last_name: 'nachname lastname surname familienname familyname zuname achternaam cognome apellidos',
  name_more: `name2 name3 namenszusatz namezusatz firmenzusatz firmazusatz firma2 firma3 firmenname2 company2
    companyname2 kundenname2 customername2 zusatzname`,
  postal_code_and_city: `plzort ortplz plzstadt plzundort plzwohnort postleitzahlort postleitzahlundort zipcity
    postcodecity cityzip postalcodecity`,
};

/** Words of a name that only name a side, or nothing: the rest names the field. */
const noise = new Set(
  `of von der die das des the for fuer address adresse anschrift default standard standardadresse organization
  organisation company unternehmen firma customer kunde kunden account client main haupt primary primaer work office
  business buero geschaeftlich geschaeft dienstlich postal mailing billing rechnung rechnungs rechnungsadresse invoice`
    .split(/\s+/)
    .filter((word) => word !== ''),
);
const contactWords = new Set(
  'contact kontakt ansprechpartner ansprechperson person kontaktperson'.split(' '),
);
const contactField = new Map<FieldName, FieldName>([
  ['name', 'contact_name'],
  ['email', 'contact_email'],
  ['contact_phone', 'contact_phone'],
  ['contact_role', 'contact_role'],
  ['contact_name', 'contact_name'],
]);

/**
 * Likely words that as often mean something else: they lead to a question and are never used by themselves.
 */
const weakWords = new Set(
  'region regio ortsteil place gemeinde emailprivat text info bezeichnung abteilung department telefon2 phone2'.split(
    ' ',
  ),
);

const foreignField = new Map(
  Object.entries(foreign).flatMap(([field, words]) =>
    words.split(/\s+/).map((word) => [word, field as FieldName] as const),
  ),
);
const partOf = new Map(
  Object.entries(parts).flatMap(([part, words]) =>
    words.split(/\s+/).map((word) => [word, part as Part] as const),
  ),
);

/** The fields that a column's name suggests, the surest first; empty if it suggests nothing. */
export function clueOf(header: string): Clue | undefined {
  const sure = fieldOf(header) ?? fieldBySynonym(header);
  if (sure !== undefined) return { field: sure, strength: 'sure' };
  const key = synonymKey(header);
  const field =
    foreignField.get(key) ??
    suggestField(header, fieldNames) ??
    firstOfSeveral(header) ??
    withoutNoise(header);
  if (field === undefined) return undefined;
  return { field, strength: weakWords.has(key) ? 'weak' : 'likely' };
}

/** The part that a column is, if its name shows it. */
export function partOfName(header: string): Part | undefined {
  if (isHouseNumber(header)) {
    return /liefer|shipping|shipto|delivery|versand/.test(synonymKey(header))
      ? 'shipping_house_number'
      : 'billing_house_number';
  }
  const own = partOf.get(synonymKey(header));
  if (own !== undefined) return own;
  const rest = wordsOf(header).filter((word) => !noise.has(word));
  if (rest.some((word) => contactWords.has(word))) return undefined;
  const key = rest.join('');
  return /hausnummer|housenumber/.test(key) ? 'billing_house_number' : partOf.get(key);
}

/** `Straße 1` is the first of several addresses; the others have no field. */
function firstOfSeveral(header: string): FieldName | undefined {
  const first = /^(.*\D)\s*1$/u.exec(header.trim())?.[1];
  return first === undefined ? undefined : loosely(first);
}

/** `Organization - City/town of Address` without the words for the side. */
function withoutNoise(header: string): FieldName | undefined {
  const words = wordsOf(header);
  const rest = words.filter((word) => !noise.has(word) && !contactWords.has(word));
  if (rest.length === 0) return undefined;
  const whole = rest.length === words.length ? undefined : loosely(rest.join(' '));
  const field = whole ?? (isStreet(rest) ? 'billing_street' : agreed(rest));
  if (field === undefined) return undefined;
  return words.some((word) => contactWords.has(word)) ? contactField.get(field) : field;
}

function loosely(name: string): FieldName | undefined {
  return (
    fieldOf(name) ??
    fieldBySynonym(name) ??
    foreignField.get(synonymKey(name)) ??
    suggestField(name, fieldNames)
  );
}

/** The field that two or more words mean, if no word means another: `city town village`. */
function agreed(words: string[]): FieldName | undefined {
  const known = words.flatMap((word) => loosely(word) ?? []);
  const [field] = known;
  return known.length > 1 && known.every((other) => other === field) ? field : undefined;
}

function isStreet([first = '', ...others]: string[]): boolean {
  return (
    /^(street|stra(ss|ß)e(nname)?)$/.test(first) &&
    others.every((word) => /^(road|name|nr|no|und|and|hausnr|hausnummer|number)$/.test(word))
  );
}

function wordsOf(header: string): string[] {
  return header
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .split(/[^\p{L}\p{N}]+/u)
    .map(synonymKey)
    .filter((word) => word !== '');
}
