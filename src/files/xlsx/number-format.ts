/**
 * How a cell's number is shown, as far as that shows its meaning: dates, and digits with zeros or other
 * characters around them (`00000`, `"K-"0000`, `000-0000`). Customer numbers have no decimals, separators or
 * colours, so every other format returns the plain number.
 */
export type NumberFormat = PlainFormat | { shows: 'conditional'; sections: Section[] };

type PlainFormat =
  { shows: 'general' | 'date' | 'scientific' | 'number' } | { shows: 'pattern'; tokens: Token[] };

/** The section of a format for some of the numbers. */
interface Section {
  holds: (value: number) => boolean;
  format: PlainFormat;
}

/** A text, or the place of a digit. */
type Token = string | { digit: '0' | '#' | '?' };

export const general: PlainFormat = { shows: 'general' };

const number: PlainFormat = { shows: 'number' };
const date: PlainFormat = { shows: 'date' };
const scientific: PlainFormat = { shows: 'scientific' };

/** The format of a built-in id that workbooks use without a code (ECMA-376 part 1, 18.8.30). */
export function builtInFormat(id: number): PlainFormat {
  if (id === 0 || id === 49) return general;
  if ((id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58)) {
    return date;
  }
  return id === 11 || id === 48 ? scientific : number;
}

/** The format of a code (ECMA-376 part 1, 18.8.31). */
export function parseNumberFormat(code: string): NumberFormat {
  const codes = [...code.matchAll(/(?:"[^"]*"?|\\.|\[[^\]]*\]|[^;])+/gs)].map(([section]) => section);
  const [first = ''] = codes;
  if (!condition.test(first)) return parseSection(first);
  const sections = codes.map((section) => ({ holds: conditionOf(section), format: parseSection(section) }));
  return { shows: 'conditional', sections };
}

/** The section for a number, if conditions choose between several. */
export function formatFor(format: NumberFormat, value: number): PlainFormat {
  if (format.shows !== 'conditional') return format;
  return format.sections.find(({ holds }) => holds(value))?.format ?? general;
}

/** `[<=99999]`: Excel's own formats for phone numbers and US postcodes have a condition. */
const condition = /\[(<=|>=|<>|<|>|=)(-?[\d.]+)\]/;

function conditionOf(section: string): (value: number) => boolean {
  const [, comparison = '', text] = condition.exec(section) ?? [];
  const limit = Number(text);
  const comparisons: Record<string, (value: number) => boolean> = {
    '<=': (value) => value <= limit,
    '>=': (value) => value >= limit,
    '<>': (value) => value !== limit,
    '<': (value) => value < limit,
    '>': (value) => value > limit,
    '=': (value) => value === limit,
  };
  return comparisons[comparison] ?? (() => true);
}

function parseSection(positive: string): PlainFormat {
  const bare = positive.replace(/"[^"]*"?|\\.|[_*]./gs, '').replace(/\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '');
  if (/^(?:general|standard|@)?$/i.test(bare.trim())) return positive === bare ? general : number;
  if (/e[+-]/i.test(bare)) return scientific;
  if (/[dmyhs]/i.test(bare)) return date;
  if (/[.,%/@]/.test(bare)) return number;
  const tokens = patternTokens(positive);
  const zeros = tokens.filter((token) => typeof token === 'object' && token.digit === '0').length;
  const plain = (zeros <= 1 && tokens.every((token) => typeof token === 'object')) || hasThousands(tokens);
  return plain ? number : { shows: 'pattern', tokens };
}

/** Digits in the places of a pattern; surplus digits go before the first place. */
export function fillPattern(format: NumberFormat & { shows: 'pattern' }, digits: string): string {
  let left = digits === '0' ? '' : digits;
  let places = format.tokens.filter((token) => typeof token === 'object').length;
  if (places === 0) return digits;
  let text = '';
  for (const token of format.tokens) {
    if (typeof token === 'string') {
      text += token;
      continue;
    }
    const take = left.length - --places;
    if (take > 0) {
      text += left.slice(0, take);
      left = left.slice(take);
    } else if (token.digit === '0') {
      text += '0';
    }
  }
  return text;
}

/**
 * Whether a separator groups the digits into thousands (`#\\ ##0`, as in French and Swiss workbooks): it is
 * not part of the number. A pattern of zeros, such as `000\\ 000`, is a pattern of digits.
 */
function hasThousands(tokens: Token[]): boolean {
  const shape = tokens.map((token) => (typeof token === 'object' ? token.digit : token)).join('');
  return (
    /^\s*(?:#|[#0]{1,2}(?=[^#0]))?#*(?:[ \u00a0\u202f\u2009.'’][#0]{3})+\s*$/.test(shape) &&
    /#|^\s*0[^#0]/.test(shape)
  );
}

function patternTokens(section: string): Token[] {
  const tokens: Token[] = [];
  for (const [piece, quoted, escaped] of section.matchAll(/"([^"]*)"?|\\(.)|[_*].|\[[^\]]*\]|./gs)) {
    if (quoted !== undefined || escaped !== undefined) tokens.push(quoted ?? escaped ?? '');
    else if (piece === '0' || piece === '#' || piece === '?') tokens.push({ digit: piece });
    else if (piece.length === 1) tokens.push(piece);
  }
  return tokens;
}
