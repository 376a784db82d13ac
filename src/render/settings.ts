import type { Style } from './text/style.ts';
import { printable } from '../model/printable.ts';
import { paint } from './text/paint.ts';
import type { Column } from './text/table.ts';
import { renderTable } from './text/table.ts';

/** One setting as `config show` prints it: its value and its source. Never a secret. */
export interface ShownSetting {
  name: string;
  value: string | null;
  source: string | null;
}

export interface ShownFile {
  kind: 'project' | 'user';
  path: string;
  exists: boolean;
  profiles: string[];
  /** For each organization listed in this file, its profile. */
  orgs: Record<string, string>;
}

export interface ShownSettings {
  settings: ShownSetting[];
  files: ShownFile[];
}

/**
 * On a terminal two tables, the settings and the files; when piped only the settings: name, value and source.
 */
export function renderSettings({ settings, files }: ShownSettings, style: Style): string {
  const columns: Column<ShownSetting>[] = [
    { title: 'SETTING', value: ({ name }) => name },
    { title: 'VALUE', value: ({ value }) => value ?? '', shrinksTo: 20 },
    { title: 'FROM', value: ({ source }) => source ?? '', shrinksTo: 16 },
  ];
  const table = renderTable(columns, settings, style);
  if (!style.terminal) return table;
  const { bold, dim } = paint(style);
  const lines = files.map(({ kind, path, exists, profiles, orgs }) => {
    const found = exists ? '' : dim(' (not there)');
    const named = profiles.map((profile) => {
      const listed = Object.keys(orgs).filter((org) => orgs[org] === profile);
      return listed.length === 0 ? profile : `${profile} (${listed.join(', ')})`;
    });
    const listed = named.length === 0 ? '' : `\n         profiles: ${printable(named.join(', '))}`;
    return `${kind.padEnd(7)}  ${printable(path)}${found}${listed}`;
  });
  return `${table}\n${bold('FILES')}\n${lines.join('\n')}\n`;
}
