// C0, DEL, C1; soft hyphen; Arabic letter mark; Mongolian vowel separator; zero width and directional marks;
// line and paragraph separators; bidi embeddings and isolates; word joiner and invisible operators; byte
// order mark; interlinear annotation; tags, which spell out invisible text; with the u flag, lone surrogates.
const unprintable =
  /[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\u{e0000}-\u{e007f}]/u;
const everyUnprintable = new RegExp(unprintable.source, 'gu');

/**
 * Data that is safe on a terminal: characters that move the cursor, change the text direction or are
 * invisible are escaped (`\n`, `\x1b`, `\u202e`). Everything else, other scripts included, stays unchanged.
 */
export function printable(text: string): string {
  return unprintable.test(text) ? text.replace(everyUnprintable, escaped) : text;
}

/**
 * What the tool itself sends to a terminal besides text: line ends, tabs, colours, and the return to the
 * start of a progress line.
 */
const ownControls = String.raw`\n|\t|\x1b\[\d*(?:;\d+)*m|\r\x1b\[K`;
const controlsOfAnyone = new RegExp(`${ownControls}|${unprintable.source}`, 'gu');
const isOwn = new RegExp(`^(?:${ownControls})$`);

/**
 * The last check before a terminal: escapes everything that `printable` would, in case a caller forgot,
 * except for what the tool sends itself.
 */
export function terminalText(text: string): string {
  if (!unprintable.test(text)) return text;
  return text.replace(controlsOfAnyone, (found) => (isOwn.test(found) ? found : escaped(found)));
}

/** The text in quotes for a message: printable, and cut to `limit` characters. */
export function quoted(text: string, limit = 60): string {
  // A message must not be as long as a 100 MB cell; two units per character are enough to find the cut.
  const characters = Array.from(text.slice(0, 2 * limit + 2));
  const whole = text.length <= 2 * limit + 2 && characters.length <= limit;
  return `"${printable(whole ? text : characters.slice(0, limit - 1).join(''))}${whole ? '' : '…'}"`;
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  if (hex.length > 4) return `\\u{${hex}}`;
  return hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
}
