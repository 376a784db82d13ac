import { Document } from 'yaml';
import { nameOf } from '../../files/csv/delimiters.ts';
import type { FieldName } from '../../model/fields.ts';

/**
 * A mapping file in YAML for files with these columns and no others.
 *
 * @param header the file's columns as they are
 * @param decided what each column is; one that is not named here is ignored
 * @param comment said at the top, lines separated by LF
 */
export function mappingText({
  header,
  decided,
  constants,
  readAs = {},
  comment,
}: {
  header: string[];
  decided: ReadonlyMap<string, FieldName | 'ignore'>;
  constants: Partial<Record<FieldName, string>>;
  readAs?: { delimiter?: string | undefined; encoding?: string | undefined };
  comment: string;
}): string {
  const own = header.map((name) => name.trim()).filter((name) => !name.startsWith('_'));
  const document = new Document({
    ...(readAs.delimiter === undefined ? {} : { delimiter: nameOf(readAs.delimiter) }),
    ...(readAs.encoding === undefined ? {} : { encoding: readAs.encoding }),
    // As a Map: a column may be called like something that every object has.
    columns: new Map([...decided].map(([name, field]) => [name.trim(), field])),
    ...(Object.keys(constants).length === 0 ? {} : { constants }),
    other_columns: 'ignore',
    expects: own,
  });
  document.commentBefore = comment.replaceAll(/^/gm, ' ');
  return document.toString({ lineWidth: 0 });
}
