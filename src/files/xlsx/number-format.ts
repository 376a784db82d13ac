/**
 * How a cell's number is shown, as far as it says what was meant: dates, and digits with zeros or other characters
 * around them (`00000`, `"K-"0000`, `000-0000`). Decimals, separators and colours are nobody's customer number, so
 * every other format gives the plain number.
 */
export type NumberFormat =
  | { shows: 'general' | 'date' | 'scientific' | 'number' }
  | { shows: 'pattern'; tokens: (string | { digit: '0' | '#' | '?' })[] };

export const general: NumberFormat = { shows: 'general' };

const number: NumberFormat = { shows: 'number' };
const date: NumberFormat = { shows: 'date' };
const scientific: NumberFormat = { shows: 'scientific' };

/** The format of a built-in id that workbooks use without a code (ECMA-376 part 1, 18.8.30). */
export function builtInFormat(id: number): NumberFormat {
  if (id === 0 || id === 49) return general;
  if ((id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58)) {
    return date;
  }
  return id === 11 || id === 48 ? scientific : number;
}

/** The format that a code (ECMA-376 part 1, 18.8.31) stands for. */
export function parseNumberFormat(code: string): NumberFormat {
  const positive = firstSection(code);
  const bare = positive.replace(/"[^"]*"?|\\.|[_*]./gs, '').replace(/\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '');
  if (/^(?:general|@)?$/i.test(bare.trim())) return positive === bare ? general : number;
  if (/e[+-]/i.test(bare)) return scientific;
  if (/[dmyhs]/i.test(bare)) return date;
  // A condition picks another section for some numbers.
  if (/[.,%/@]/.test(bare) || /\[[<>=]/.test(positive)) return number;
  const tokens = patternTokens(positive);
  const zeros = tokens.filter((token) => typeof token === 'object' && token.digit === '0').length;
  const plain = zeros <= 1 && tokens.every((token) => typeof token === 'object');
  return plain ? number : { shows: 'pattern', tokens };
}

/** Digits in the places of a pattern; those that find none stand before the first. */
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

function patternTokens(section: string): (string | { digit: '0' | '#' | '?' })[] {
  const tokens: (string | { digit: '0' | '#' | '?' })[] = [];
  for (const [piece, quoted, escaped] of section.matchAll(/"([^"]*)"?|\\(.)|[_*].|\[[^\]]*\]|./gs)) {
    if (quoted !== undefined || escaped !== undefined) tokens.push(quoted ?? escaped ?? '');
    else if (piece === '0' || piece === '#' || piece === '?') tokens.push({ digit: piece });
    else if (piece.length === 1) tokens.push(piece);
  }
  return tokens;
}

function firstSection(code: string): string {
  return /^(?:"[^"]*"?|\\.|\[[^\]]*\]|[^;])*/s.exec(code)?.[0] ?? '';
}
