import { Document, isMap, parseDocument } from 'yaml';
import { nameOf } from '../../files/csv/delimiters.ts';
import type { ColumnDraft, Draft } from './draft.ts';
import { fieldsFrom, plainName } from './draft.ts';

/** How the command line describes the file. */
export interface ReadAs {
  delimiter?: string | undefined;
  encoding?: string | undefined;
}

/**
 * A mapping file in YAML for files with these columns and no others.
 * @param header the file's columns as they are
 *
 * @param comment printed at the top, lines separated by LF
 */
export function mappingText(
  draft: Draft,
  { header, readAs = {}, comment }: { header: string[]; readAs?: ReadAs; comment: string },
): string {
  const own = header.map(plainName).filter((name) => !name.startsWith('_'));
  const joins = draft.joins.map(({ field, columns, with: between, else: others }) => ({
    field,
    columns,
    ...(between === ' ' ? {} : { with: between }),
    ...(others.length === 0 ? {} : { else: others }),
  }));
  // As a Map: a column may have the name of a property that every object has.
  const columns = new Map<string, unknown>();
  for (const name of own) {
    const rule = draft.columns.get(name);
    if (rule !== undefined) columns.set(name, ruleOf(rule));
    else if (fieldsFrom(draft, name).length === 0 && isNameable(name, own)) columns.set(name, 'ignore');
  }
  const fields = [...draft.columns.values()].flatMap((rule) => rule.fields);
  const document = new Document({
    ...optionsOf(readAs),
    columns,
    ...(joins.length === 0 ? {} : { join: joins }),
    ...(Object.keys(draft.constants).length === 0 ? {} : { constants: draft.constants }),
    // A customer without its contact is better than neither.
    ...(fields.includes('contact_email') ? { contact_without_email: 'ignore' } : {}),
    other_columns: 'ignore',
    expects: own,
  });
  document.commentBefore = comment.replaceAll(/^/gm, ' ');
  return document.toString({ lineWidth: 0 });
}

/**
 * A shipped mapping with the currency and the language of new customers; everything else stays unchanged.
 *
 * @param constants for a file without a column for them
 * @param blanks for blank cells of their column
 */
export function withConstants(
  text: string,
  {
    constants,
    blanks,
    readAs = {},
    comment,
  }: { constants: Draft['constants']; blanks: Draft['constants']; readAs?: ReadAs; comment: string },
): string {
  const document = parseDocument(text);
  for (const [field, value] of Object.entries(constants)) document.setIn(['constants', field], value);
  for (const [field, value] of Object.entries(blanks)) {
    const column = columnOf(document, field);
    if (column === undefined) continue;
    const rule = document.getIn(['columns', column]);
    if (!isMap(rule)) document.setIn(['columns', column], document.createNode({ field, values: {} }));
    document.setIn(['columns', column, 'values', ''], value);
  }
  for (const [name, value] of Object.entries(optionsOf(readAs))) document.setIn([name], value);
  document.commentBefore = `${comment.replaceAll(/^/gm, ' ')}\n\n${document.commentBefore ?? ''}`;
  return document.toString({ lineWidth: 0 });
}

function columnOf(document: Document, field: string): string | undefined {
  const columns = (document.toJS() as { columns?: Record<string, unknown> }).columns ?? {};
  return Object.keys(columns).find((name) => {
    const rule = columns[name];
    return (
      rule === field || (typeof rule === 'object' && rule !== null && 'field' in rule && rule.field === field)
    );
  });
}

function ruleOf({ fields, strip, values, splitBy }: ColumnDraft): unknown {
  const [only] = fields;
  const into = fields.length === 1 ? only : fields;
  const changes = { ...(strip === undefined ? {} : { strip }), ...(values === undefined ? {} : { values }) };
  if (splitBy !== undefined) return { split: { by: splitBy, fields }, ...changes };
  return Object.keys(changes).length === 0
    ? into
    : { [fields.length === 1 ? 'field' : 'fields']: into, ...changes };
}

/** A mapping is refused if it names a column name that occurs twice, or a property that every object has. */
function isNameable(name: string, own: string[]): boolean {
  return name !== '' && name !== '__proto__' && own.indexOf(name) === own.lastIndexOf(name);
}

function optionsOf({ delimiter, encoding }: ReadAs): Record<string, string> {
  return {
    ...(delimiter === undefined ? {} : { delimiter: nameOf(delimiter) }),
    ...(encoding === undefined ? {} : { encoding }),
  };
}
