/** The messages about records that cannot be cut into cells, by code. */
export const faultTexts = {
  unclosed_quote: {
    message: 'a quote opens on this line and is not closed before the row ends',
    hint: 'add the closing quote, or double the quote if it belongs to the text ("")',
  },
  stray_quote: {
    message: 'an unquoted value contains a quote',
    hint: 'quote the whole value and double the quote in it: "Rohre 12"" lang"',
  },
  text_after_quote: {
    message: 'text follows a closing quote',
    hint: 'double a quote that belongs to the text (""), or remove it; if the file writes \\" instead, use --escape "\\\\"',
  },
  forbidden_character: {
    message: 'the row contains NUL or SUB (0x1A), which are not text',
    hint: 'the file was damaged, or is not text; export it again',
  },
  record_too_large: {
    message: 'a value or a row is too long',
    hint: 'look at that line in an editor: a line end or a quote may be missing; if it is correct, raise --cell-limit or --row-limit',
  },
} as const;
