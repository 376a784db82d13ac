import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../../errors.ts';
import { migrationsDirectory } from './migration-files.ts';

/*
 * A migration's own SQL, read from its file: an index or a foreign key is built before the migration with the
 * same statement, and not built if the migration's own query finds one that serves. Names get the schema,
 * because behind a pooler no session keeps a search path.
 */

export interface MigrationSql {
  text: string;
  /** The statement that builds an index, to be run while others write. */
  indexConcurrently(name: string): string;
  /** Whether the migration would keep an existing one instead of the index: a boolean expression. */
  keepsIndex(name: string): string;
  /** How the migration names an index that it keeps; undefined if it does not report it. */
  reportedIndex(name: string): string | undefined;
  foreignKey(name: string): ForeignKeySql;
}

/** A foreign key that `ensure_foreign_key` creates. */
export interface ForeignKeySql {
  table: string;
  columns: string;
  /** The statement that adds it. */
  add: string;
  /** `from … where …`: the keys that the migration would keep in its place. */
  kept: string;
}

/** The ways in which migrations create an index, and the position in their text. */
interface IndexText {
  unique: boolean;
  /** `customer (org_id, id)` */
  on: string;
  at: number;
  ifMissing: boolean;
  /** For a key that `ensure_unique` creates. */
  key?: { table: string; columns: string };
}

export async function readMigration(migration: string, schema: string): Promise<MigrationSql> {
  const text = await readFile(path.join(migrationsDirectory(), `${migration}.sql`), 'utf8');

  function find(pattern: RegExp, within = text): RegExpExecArray {
    const found = pattern.exec(within);
    if (found === null) throw new Failure('unexpected', `migration ${migration} has no ${pattern.source}`);
    return found;
  }

  function indexText(name: string): IndexText {
    const call = new RegExp(`ensure_unique\\('(\\w+)', '${name}', array\\[([^\\]]*)\\]`).exec(text);
    if (call !== null) {
      const [, table = '', columns = ''] = call;
      const on = `${table} (${columns.replaceAll("'", '')})`;
      return { unique: true, on, at: call.index, ifMissing: false, key: { table, columns } };
    }
    const found = find(new RegExp(`create (unique )?index (if not exists )?${name} on ([^;]+);`));
    const [, unique, ifMissing, on = ''] = found;
    return { unique: unique !== undefined, on, at: found.index, ifMissing: ifMissing !== undefined };
  }

  /** The block of the migration that contains this position. */
  function blockAround(at: number): string {
    return text.slice(text.lastIndexOf('do $block$', at), text.indexOf('\n$block$;', at));
  }

  return {
    text,
    foreignKey,
    indexConcurrently(name) {
      const { unique, on } = indexText(name);
      const qualified = on.replaceAll(/^\w+|\bcustomer_\w+(?=\()/g, (called) => `${schema}.${called}`);
      return `create ${unique ? 'unique ' : ''}index concurrently ${name} on ${qualified}`;
    },
    keepsIndex(name) {
      const { at, ifMissing, key } = indexText(name);
      if (ifMissing) return `to_regclass('${schema}.${name}') is not null`;
      if (key !== undefined) {
        const [, body = ''] = find(
          /function pg_temp\.unique_key_on\([^]*?as \$function\$([^]*?)\$function\$/,
        );
        const query = body
          .replace('to_regclass(of_table)', `to_regclass('${key.table}')`)
          .replace('unnest(columns)', `unnest(array[${key.columns}])`);
        return inSchema(`exists (${query})`);
      }
      const [, whether, what = '', from = ''] = find(
        /if exists \(([^]*?)\n {2}\) then|(select [^]*?)\n {2}into found\n([^]*?);/,
        blockAround(at),
      );
      return inSchema(`exists (${whether ?? `${what}\n${from}`})`);
    },
    reportedIndex(name) {
      const { at, ifMissing, key } = indexText(name);
      if (ifMissing) return undefined;
      if (key !== undefined) return `unique (${listed(key.columns)}) of ${key.table}: ${name}`;
      const [, added, kept] = find(
        /say\('added', '([^']+)'\)|message = '([^']+)', detail = 'kept'/,
        blockAround(at),
      );
      return added ?? kept;
    },
  };

  function foreignKey(name: string): ForeignKeySql {
    const array = String.raw`(array\[[^\]]*\])`;
    const [, of = '', own = '', to = '', theirs = '', onDelete = ''] = find(
      new RegExp(
        String.raw`ensure_foreign_key\(\s*'(\w+)',\s*'${name}',\s*${array},\s*'(\w+)',\s*${array},\s*${array}\s*\)`,
      ),
    );
    const [, pairs = '', kept = ''] = find(
      /function pg_temp\.ensure_foreign_key\([^]*?pairs text\[\] := (\([^]*?\n {2}\));[^]*?\n {2}into found\n([^]*?)\n {2}order by/,
    );
    const values = new Map([
      ['of_table', `'${of}'`],
      ['to_table', `'${to}'`],
      ['columns', own],
      ['to_columns', theirs],
      ['on_delete', onDelete],
    ]);
    const filled = kept
      .replace(/\bpairs\b/, pairs)
      .replaceAll(
        /\b(?:of_table|to_table|to_columns|columns|on_delete)\b/g,
        (word) => values.get(word) ?? word,
      );
    const action = onDelete.startsWith("array['c'") ? 'cascade' : 'restrict';
    return {
      table: `${schema}.${of}`,
      columns: listed(own),
      add: `alter table ${schema}.${of} add constraint ${name} foreign key (${listed(own)}) references ${schema}.${to} (${listed(theirs)}) on delete ${action}`,
      kept: inSchema(filled),
    };
  }

  function inSchema(query: string): string {
    return query.replaceAll(`to_regclass('`, () => `to_regclass('${schema}.`);
  }
}

/** `array['org_id', 'id']` as a list of columns. */
function listed(array: string): string {
  return array.replaceAll(/^array\[|\]$|'/g, '');
}
