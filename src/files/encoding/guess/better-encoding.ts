import type { ByteEvidence, ByteTriple } from './byte-evidence.ts';
import { tableOf } from '../codecs.ts';
import { illegibility } from './legibility.ts';

/** The single-byte encodings that are compared with Windows-1252; if two read alike, the first is named. */
const others = [
  'CP850',
  'ISO-8859-15',
  'MacRoman',
  'Windows-1250',
  'CP437',
  'CP852',
  'ISO-8859-2',
  'Windows-1251',
  'cp866',
  'koi8-r',
  'windows-1253',
  'windows-1254',
  'windows-1257',
];

/**
 * Up to the first, a file reads as text; above the second, it doesn't. Measured: names in Western European
 * languages score 0 to 0.5 in their own encoding, and 1.3 to 5 in those of DOS and the Macintosh.
 */
const clean = 0.7;
const unclean = 1.1;

/**
 * How much worse Windows-1252 must read the bytes that distinguish two encodings. The file may have only
 * three rows.
 */
const margin = 0.3;

/** ÐÝÞðýþ, and ÁÆÍÓÚáæíóú. */
const icelandicConsonants = [0xd0, 0xdd, 0xde, 0xf0, 0xfd, 0xfe];
const icelandicVowels = [0xc1, 0xc6, 0xcd, 0xd3, 0xda, 0xe1, 0xe6, 0xed, 0xf3, 0xfa];
/** ÂÇÎÖÛÜâçîöûü. */
const turkishBesides = [0xc2, 0xc7, 0xce, 0xd6, 0xdb, 0xdc, 0xe2, 0xe7, 0xee, 0xf6, 0xfb, 0xfc];

/**
 * ð, ý and þ of Windows-1252 are ğ, ı and ş in the Turkish encoding, and ð is đ in the Central European one.
 * Icelandic, the only language in Windows-1252 that uses them, has á, í, ó, ú and æ at least as often;
 * Turkish hasn't.
 */
function insteadOfIcelandic(triples: readonly ByteTriple[]): string | undefined {
  const among = (bytes: number[]) => triples.filter(({ byte }) => bytes.includes(byte)).length;
  const found = among(icelandicConsonants);
  if (found <= 3 * among(icelandicVowels)) return undefined;
  const foreign = triples.length - found - among(turkishBesides);
  return found > among([0xd0, 0xf0]) && found > 3 * foreign ? 'windows-1254' : 'Windows-1250';
}

/**
 * The encoding in which bytes that are not UTF-8 read so much better than in Windows-1252 that they must not
 * be read as Windows-1252. Undefined if Windows-1252 is right as far as can be seen, `none` if they read
 * cleanly in no encoding.
 */
export async function betterThanWindows1252({
  triples,
}: Pick<ByteEvidence, 'triples'>): Promise<string | undefined> {
  const windows1252 = await tableOf('Windows-1252');
  const readings = await Promise.all(
    others.map(async (name) => {
      const table = await tableOf(name);
      // Encodings that share most letters differ in few places; only these distinguish them.
      const telling = triples.filter(({ byte }) => table[byte] !== windows1252[byte]);
      const cost = illegibility(triples, table);
      return {
        name,
        cost,
        there: illegibility(telling, table),
        asWindows: illegibility(telling, windows1252),
      };
    }),
  );
  const other = insteadOfIcelandic(triples);
  if (other === 'windows-1254') return other;
  const better = readings
    .filter(
      ({ cost, there, asWindows }) =>
        cost <= (there <= clean ? unclean : clean) && there < asWindows / 2 && asWindows - there > margin,
    )
    .toSorted((one, another) => one.cost - another.cost);
  if (better[0] !== undefined) return better[0].name;
  if (readings.some(({ name, cost }) => name === other && cost <= clean)) return other;
  return illegibility(triples, windows1252) <= unclean ? undefined : 'none';
}
