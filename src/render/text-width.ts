import stringWidth from 'string-width';

// A cell of plain ASCII, by far the most common, is as wide as it is long.
const ascii = /^[\x20-\x7e]*$/;
const graphemes = new Intl.Segmenter();

/** Cells that the text takes on a terminal: wide characters two, combining marks none. */
export function textWidth(text: string): number {
  return ascii.test(text) ? text.length : stringWidth(text);
}

/** The text cut to `width` cells, with `…` in the last one when something is missing. Never splits a character. */
export function cutToWidth(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += textWidth(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return width < 1 ? '' : `${kept}…`;
}

export function padToWidth(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const padding = ' '.repeat(Math.max(0, width - textWidth(text)));
  return align === 'left' ? text + padding : padding + text;
}
