import { Failure } from '../../errors.ts';
import { quoted } from '../../model/printable.ts';
import { nearName } from '../../model/near-name.ts';

/** The usual encodings of customer files, by their other names. */
const aliases: Record<string, readonly string[]> = {
  'UTF-8': ['utf8', 'utf8bom', 'unicode11utf8', 'cp65001', '65001'],
  'UTF-16LE': ['utf16le', 'utf16', 'ucs2', 'ucs2le', 'unicode', 'cp1200', '1200'],
  'UTF-16BE': ['utf16be', 'ucs2be', 'unicodefffe', 'cp1201', '1201'],
  'UTF-32LE': ['utf32le', 'utf32', 'ucs4le', 'ucs4'],
  'UTF-32BE': ['utf32be', 'ucs4be'],
  'Windows-1252': ['windows1252', 'cp1252', '1252', 'win1252', 'ansi', 'westerneuropean'],
  'Windows-1250': ['windows1250', 'cp1250', '1250', 'win1250'],
  'Windows-1251': ['windows1251', 'cp1251', '1251', 'win1251'],
  'ISO-8859-1': ['iso88591', 'latin1', 'l1', '28591'],
  'ISO-8859-2': ['iso88592', 'latin2', 'l2', '28592'],
  'ISO-8859-15': ['iso885915', 'latin9', 'latin0', 'l9', '28605'],
  CP850: ['cp850', 'ibm850', '850', 'dos850', 'oem850', 'dos', 'oem'],
  CP437: ['cp437', 'ibm437', '437', 'dos437', 'oem437'],
  CP852: ['cp852', 'ibm852', '852', 'dos852', 'oem852'],
  CP858: ['cp858', 'ibm858', '858'],
  MacRoman: ['macroman', 'macintosh', 'mac', 'xmacroman', 'applemacintosh'],
};

const nameByKey = new Map(
  Object.entries(aliases).flatMap(([name, keys]) => keys.map((key): [string, string] => [key, name])),
);

/** Not encodings of customer files, or encodings in which ASCII is not itself. */
const notText = /^(hex|base64|binary|utf7|utf7imap|cesu8)$/;

/**
 * The canonical name of an encoding: one of those above, or another that iconv-lite knows, in lower case.
 * Throws `Failure` for any other name.
 */
export async function requireEncoding(name: string): Promise<string> {
  const key = keyOf(name);
  const known = nameByKey.get(key);
  if (known !== undefined) return known;
  const { default: iconv } = await import('iconv-lite');
  if (key !== '' && !notText.test(key) && iconv.encodingExists(name)) return name.toLowerCase();
  const meant = nearName(name, Object.keys(aliases), keyOf);
  throw new Failure('usage', `--encoding: unknown encoding ${quoted(name)}`, {
    hint: meant === undefined ? `such as ${usual.join(', ')}` : `did you mean ${meant}?`,
  });
}

const usual = ['UTF-8', 'UTF-16LE', 'Windows-1252', 'ISO-8859-15', 'CP850', 'CP437', 'CP852', 'MacRoman'];

function keyOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '');
}
