import { printable } from '../../model/printable.ts';

/** Markup that is ready to be written. Only `html` creates it, so text cannot get into a page unescaped. */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

export type HtmlValue = Html | string | number | null | undefined | readonly HtmlValue[];

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * A template whose values are escaped: text for elements and quoted attributes (HTML Living Standard, 13.3).
 * Control and bidi characters are shown as on a terminal, `\u202e`. Lists are joined, and null is empty.
 */
export function html(parts: TemplateStringsArray, ...values: HtmlValue[]): Html {
  let markup = parts[0] ?? '';
  for (const [index, value] of values.entries()) markup += markupOf(value) + (parts[index + 1] ?? '');
  return new Html(markup);
}

function markupOf(value: HtmlValue): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'string' || typeof value === 'number') {
    return printable(String(value)).replaceAll(/[&<>"']/g, (letter) => entities[letter] ?? letter);
  }
  return value.map(markupOf).join('');
}
