/**
 * One JSON document, indented (with an `indent` of 0 on one line), ending in a line break. Keys stay
 * unchanged (snake_case by contract). Control characters that `JSON.stringify` lets through (DEL, C1) and the
 * invisible ones that reorder text are escaped as `\uXXXX`: the same value to a parser, harmless on a
 * terminal.
 */
export function renderJson(document: unknown, indent = 2): string {
  const text = JSON.stringify(document, undefined, indent).replaceAll(
    /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g,
    (units) => units.replaceAll(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
  return `${text}\n`;
}
