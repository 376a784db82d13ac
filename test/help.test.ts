import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { run } from './support/run.ts';
import { buildTool } from './support/tool.ts';

/** Every command that does something, with the exit codes of its own; 1, 130 and 143 any of them can end with. */
const exitCodesOf: Record<string, number[]> = {
  migrate: [0, 2, 5, 7, 8, 10, 13],
  'org create': [0, 2, 7, 8, 12, 13],
  'org list': [0, 2, 7, 8, 13],
  import: [0, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13],
  inspect: [0, 2, 3, 5],
  list: [0, 2, 4, 7, 8, 13],
  search: [0, 2, 4, 7, 8, 13],
  duplicates: [0, 2, 4, 7, 8, 13],
  show: [0, 2, 4, 7, 8, 13],
  create: [0, 2, 4, 7, 8, 12, 13],
  update: [0, 2, 4, 5, 7, 8, 10, 12, 13],
  'contact add': [0, 2, 4, 7, 8, 12, 13],
  'contact update': [0, 2, 4, 7, 8, 12, 13],
  'contact remove': [0, 2, 4, 5, 7, 8, 12, 13],
  'contact list': [0, 2, 4, 7, 8, 13],
  export: [0, 2, 4, 5, 7, 8, 13],
  'access grant': [0, 2, 4, 7, 8, 13],
  'access revoke': [0, 2, 4, 7, 8, 13],
  'access list': [0, 2, 4, 7, 8, 13],
  whoami: [0, 2, 7, 8],
  'runs list': [0, 2, 4, 7, 8, 13],
  'plan show': [0, 2, 5],
  history: [0, 2, 4, 7, 8, 13],
  'history erase': [0, 2, 4, 5, 7, 8, 13],
  'history prune': [0, 2, 4, 5, 7, 8, 13],
  'runs show': [0, 2, 4, 5, 7, 8, 13],
  'runs undo': [0, 2, 4, 5, 7, 8, 11, 12, 13],
  'runs resume': [0, 2, 4, 7, 8, 13],
  status: [0, 2, 4, 7, 8, 13, 14],
  doctor: [0, 2, 7, 8, 13],
  'mappings list': [0, 2],
  'mappings show': [0, 2],
  'config show': [0, 2],
  'embedded status': [0, 2],
  'embedded stop': [0, 2],
  'embedded remove': [0, 2, 5],
  completion: [0, 2],
};

async function helpOf(path: string): Promise<string> {
  const { exitCode, stdout } = await run([...path.split(' ').filter((word) => word !== ''), '--help']);
  expect(exitCode).toBe(0);
  return stdout;
}

function namesIn(help: string): string[] {
  const listed = /^Commands:\n((?: .*\n)+)/m.exec(help)?.[1] ?? '';
  return [...listed.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name as string);
}

function codesIn(help: string): number[] {
  const listed = /^Exit codes:\n((?: .*\n)+)/m.exec(help)?.[1] ?? '';
  return [...listed.matchAll(/^ {2}(\d+) +\S/gm)].map(([, code]) => Number(code));
}

function examplesIn(help: string): string[] {
  const listed = /^Examples:\n((?: .*(?:\n|$))+)/m.exec(help)?.[1] ?? '';
  return listed
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

describe('help', () => {
  test('the table below has every command', async () => {
    const names = await Promise.all(
      namesIn(await helpOf('')).map(async (name) => {
        const help = await helpOf(name);
        const subcommands = namesIn(help).map((each) => `${name} ${each}`);
        return subcommands.length === 0 || codesIn(help).length > 0 ? [name, ...subcommands] : subcommands;
      }),
    );
    expect(names.flat().toSorted()).toEqual(Object.keys(exitCodesOf).toSorted());
  });

  test.for(Object.entries(exitCodesOf))('of %s names its exit codes', async ([path, codes]) => {
    expect(codesIn(await helpOf(path))).toEqual(codes);
  });

  test('of the program explains them all', async () => {
    const all = new Set(Object.values(exitCodesOf).flat());
    expect(codesIn(await helpOf(''))).toEqual([...all, 1, 130, 143].toSorted((a, b) => a - b));
  });

  test.for(['', 'org', 'runs', 'mappings', 'config', 'embedded', ...Object.keys(exitCodesOf)])(
    'of “%s” has two examples, which its parser understands',
    async (path) => {
      const help = await helpOf(path);
      const lines = examplesIn(help);
      expect(lines.length).toBeGreaterThanOrEqual(2);
      for (const line of lines) {
        const [, command = ''] = /orderflow-customers ([^|>]*)/.exec(line) ?? [];
        const words = command.trim().split(/ (?=(?:[^']*'[^']*')*[^']*$)/);
        expect(command.startsWith(path)).toBe(true);
        // With --help behind it nothing is done, but an unknown command or a flag without its value is found.
        const { exitCode, stderr } = await run([...words.map((word) => word.replaceAll("'", '')), '--help']);
        expect({ line, exitCode, stderr }).toEqual({ line, exitCode: 0, stderr: '' });
        const own = await helpOf(
          path === ''
            ? (words[0] ?? '')
            : path.includes(' ')
              ? path
              : words
                  .slice(0, 2)
                  .filter((word) => /^[a-z]+$/.test(word))
                  .join(' '),
        );
        for (const flag of words.filter((word) => word.startsWith('--')))
          expect(own).toMatch(new RegExp(`^ +(?:-\\w, )?${flag.replace(/=.*/, '')}\\b`, 'm'));
      }
    },
  );

  test('fits 80 columns, but for examples and addresses to copy', async () => {
    for (const path of ['', ...Object.keys(exitCodesOf)]) {
      const [described = ''] = (await helpOf(path)).split(/^Examples:/m);
      expect(described.split('\n').filter((line) => line.length > 80)).toEqual([]);
    }
  });
});

const titlesIn = (help: string) => [...help.matchAll(/^([A-Z][\w ]+:)$/gm)].map(([, title]) => title);

test('commands with many flags group them under headings', async () => {
  expect(titlesIn(await helpOf('import'))).toEqual([
    'Arguments:',
    'File:',
    'Mapping:',
    'What to write:',
    'Safety:',
    'Nightly run:',
    'Nightly checks:',
    'Output:',
    'Global flags:',
    'Exit codes:',
    'Examples:',
  ]);
  for (const path of Object.keys(exitCodesOf)) {
    const [, , ...sections] = (await helpOf(path)).split(/^[A-Z][\w ]+:\n/m);
    for (const section of sections) expect(section.match(/^ {2}--/gm)?.length ?? 0).toBeLessThanOrEqual(10);
  }
});

describe('the manual page', () => {
  test('describes every command with its flags and examples', async () => {
    const { exitCode, stdout } = await run(['__manual']);
    expect(exitCode).toBe(0);
    for (const path of Object.keys(exitCodesOf)) expect(stdout).toContain(`.SS "${path} [flags]`);
    expect(stdout).toContain('\n.B \\-\\-per\\-page <n>\n');
    expect(stdout).toContain('\norderflow\\-customers org create acme \\-\\-name \\(aqAcme GmbH\\(aq\n');
    for (const section of ['NAME', 'SYNOPSIS', '"EXIT STATUS"', 'ENVIRONMENT', 'FILES', 'EXAMPLES'])
      expect(stdout).toContain(`\n.SH ${section}\n`);
    for (const title of ['Safety:', 'Exit codes:', 'Examples:'])
      expect(stdout).toContain(`\n.PP\n${title}\n`);
    // Notes are data too, so they are in the page as they are in the help.
    expect(stdout).toContain('docs/import\\-guide.md');
    expect(stdout).not.toContain('__');
  });

  test('is plain ASCII, and no text of it is a request by accident', async () => {
    const { stdout } = await run(['__manual']);
    expect(stdout).not.toMatch(/[^\n\x20-\x7e]/);
    const requests = new Set([...stdout.matchAll(/^[.'](\w*)/gm)].map(([, name]) => name));
    expect(requests).toEqual(new Set(['B', 'PD', 'PP', 'RE', 'RS', 'SH', 'SS', 'TH', 'TP', 'fi', 'nf']));
  });

  test('is built where package.json points npm to', async () => {
    await buildTool();
    const [file = ''] = manifest.man;
    expect(manifest.files).toContain(file.split('/')[0]);
    expect(await readFile(new URL(`../${file}`, import.meta.url), 'utf8')).toMatch(
      /^\.TH ORDERFLOW-CUSTOMERS 1 /,
    );
  });

  test('draws no warning from groff, where there is one', async () => {
    const { stdout } = await run(['__manual']);
    const groff = spawnSync('groff', ['-man', '-ww', '-Tutf8'], { input: stdout, encoding: 'utf8' });
    // Made for people to read; without groff on the machine the two tests above have to do.
    expect(groff.stderr ?? '').toBe('');
  });
});
