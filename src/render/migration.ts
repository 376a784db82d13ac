import type { Style } from './text/style.ts';
import { printable } from '../model/printable.ts';
import { paint } from './text/paint.ts';

/** What `migrate` did, or would do, as far as it is shown. */
export interface MigrationResult {
  dryRun: boolean;
  applied: string[];
  pending: string[];
  changes: { action: 'added' | 'kept'; object: string }[];
  version: number;
}

export interface SchemaState {
  state: 'missing' | 'outdated' | 'current' | 'newer';
  applied: string[];
  pending: string[];
  version: number;
  latest: number;
}

export function migrationDocument({ dryRun, applied, pending, changes, version }: MigrationResult) {
  return { ok: true, dry_run: dryRun, version, applied, pending, changes };
}

export function schemaStateDocument({ state, applied, pending, version, latest }: SchemaState) {
  return { ok: true, state, version, latest, applied, pending };
}

/** One line for each object that was added (`+`) or already existed (`=`), and a summary. */
export function renderMigration(result: MigrationResult, style: Style): string {
  const { dryRun, applied, pending, changes, version } = result;
  const color = paint(style);
  if (applied.length === 0 && pending.length === 0)
    return `already up to date: the schema is version ${version}`;
  const lines = changes.map(({ action, object }) =>
    action === 'added' ? color.green(`+ ${printable(object)}`) : color.dim(`= ${printable(object)}`),
  );
  lines.push(
    dryRun
      ? `would apply ${pending.join(', ')}; rolled back, nothing was changed`
      : `applied ${applied.join(', ')}: the schema is version ${version}`,
  );
  return lines.join('\n');
}

export function renderSchemaState({ state, pending, version, latest }: SchemaState): string {
  if (state === 'current') return `up to date: the schema is version ${version}`;
  if (state === 'newer') {
    return `the schema is version ${version}, newer than this tool's ${latest}: use the newer orderflow-customers`;
  }
  const current = state === 'missing' ? 'no schema yet' : `the schema is version ${version} of ${latest}`;
  return `${current}: ${pending.join(', ')} pending`;
}
