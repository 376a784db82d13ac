/*
 * HTML 4.01, section 24: the names of U+00A0 to U+00FF in order, and other entities that are common in names.
 */
const latin1 = (
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro ' +
  'para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil ' +
  'Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave ' +
  'Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml ' +
  'igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute ' +
  'thorn yuml'
).split(' ');
const named = new Map<string, string>([
  ...latin1.map((name, index): [string, string] => [name, String.fromCharCode(0xa0 + index)]),
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['euro', '€'],
  ['ndash', '–'],
  ['mdash', '—'],
  ['lsquo', '‘'],
  ['rsquo', '’'],
  ['ldquo', '“'],
  ['rdquo', '”'],
  ['bdquo', '„'],
  ['sbquo', '‚'],
  ['hellip', '…'],
  ['trade', '™'],
  ['Scaron', 'Š'],
  ['scaron', 'š'],
  ['OElig', 'Œ'],
  ['oelig', 'œ'],
]);

/** An entity of HTML, an escape of JSON (RFC 8259, section 7), or one of Office Open XML (ST_Xstring). */
const escapes =
  /&(?:#(\d{2,6})|#x([\da-f]{2,5})|([A-Za-z]{2,6}\d{0,2}));|\\u([\da-f]{4})|_x(00[01][\dA-F]|005F|FFF[EF])_/gi;

/** A quick test that nearly all texts fail, so that they are not looked at further. */
export const escapedSuspect = /&#?\w+;|\\u[\da-f]{4}|_x(?:00[01][\da-f]|005f|fff[ef])_/i;

/**
 * The unescaped text of one that still contains escapes of HTML, JSON or workbooks; undefined for any other
 * text.
 */
export function unescapedText(text: string): string | undefined {
  if (!escapedSuspect.test(text)) return undefined;
  const meant = text.replaceAll(
    escapes,
    (whole, decimal?: string, hex?: string, name?: string, unit?: string, cell?: string) => {
      if (name !== undefined) return named.get(name) ?? whole;
      const digits = hex ?? unit ?? cell;
      const code = digits === undefined ? Number(decimal) : Number.parseInt(digits, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
  return meant === text ? undefined : meant;
}
