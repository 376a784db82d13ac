import { spawn } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import { testDatabase } from '../support/database.ts';
import { run } from '../support/run.ts';
import type { InstalledShell } from '../support/shells.ts';
import { shellsToTest } from '../support/shells.ts';
import type { ThrowAwayDirectory } from '../support/throw-away.ts';
import { throwAwayDirectory } from '../support/throw-away.ts';
import { buildTool } from '../support/tool.ts';

let database: TestDatabase;
let directory: ThrowAwayDirectory;

const hostile = '$(touch ran) `touch ran`;touch ran';

beforeAll(async () => {
  await buildTool();
  database = await testDatabase();
  directory = await throwAwayDirectory();
  for (const slug of ['acme', 'acme-north', 'beta'])
    await run(['org', 'create', slug, '--name', `Org ${slug}`], { database });
  const { client } = await database.open();
  await client.query(
    `insert into customer (org_id, name, erp_customer_number, default_currency, default_language)
      select id, 'Customer ' || number, number, 'EUR', 'de-DE'
      from org, unnest($1::text[]) as number
      where slug = 'acme'`,
    [['4711', '4712', '00815', 'A B', 'A B2', "O'Neil", 'K:1', 'K:2', hostile, 'esc\x1b[2J', 'M-ü']],
  );
  await client.query(
    `insert into customer (org_id, name, erp_customer_number, default_currency, default_language)
      select id, 'Many', 'X' || lpad(number::text, 4, '0'), 'EUR', 'de-DE'
      from org, generate_series(1, 200) as number
      where slug = 'beta'`,
  );
  const shim = path.join(directory.path, 'bin', 'orderflow-customers');
  await mkdir(path.dirname(shim));
  const bin = new URL('../../bin/orderflow-customers.js', import.meta.url).pathname;
  await writeFile(shim, `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`);
  await chmod(shim, 0o755);
  for (const shell of ['bash', 'zsh', 'fish'] as const)
    await writeFile(path.join(directory.path, shell), (await run(['completion', shell])).stdout);
});
afterAll(async () => {
  await database.close();
  await directory.remove();
});

/** What `__complete` offers for the words, by value. */
async function offered(
  words: string[],
  options: Parameters<typeof run>[1] = { database },
): Promise<string[]> {
  const { exitCode, stdout, stderr } = await run(['__complete', 'fish', '--', ...words], options);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const [kind, ...lines] = stdout.trimEnd().split('\n');
  return kind === ':files' ? [':files'] : lines.map((line) => line.split('\t')[0] as string);
}

describe('what is offered', () => {
  test.for([
    ['commands', ['im'], ['import']],
    ['subcommands', ['org', ''], ['create', 'list']],
    [
      'flags of the command and those of all',
      ['list', '--p'],
      ['--postal-code', '--page', '--per-page', '--profile'],
    ],
    ['subcommands of a command that takes a reference', ['history', ''], ['erase', 'prune']],
    ['references beside subcommands', ['history', '--org', 'acme', '47'], ['4711', '4712']],
    ['subcommands beside references', ['history', '--org', 'acme', 'e'], ['erase']],
    ['references of a subcommand', ['history', 'erase', '--org', 'acme', '47'], ['4711', '4712']],
    ['flags of a subcommand', ['history', 'prune', '--old'], ['--older-than']],
    ['no subcommands behind a reference', ['history', '4711', '--org', 'acme', ''], []],
    ['a reference that is named as a subcommand', ['history', '4711', 'prune', '--fie'], ['--field']],
    ['choices of a flag', ['list', '--color', ''], ['auto', 'always', 'never']],
    ['choices of a flag behind =', ['list', '--color=a'], ['--color=auto', '--color=always']],
    ['choices of an argument', ['completion', ''], ['bash', 'zsh', 'fish']],
    ['orgs', ['list', '--org', 'ac'], ['acme', 'acme-north']],
    ['orgs behind =', ['list', '--org=ac'], ['--org=acme', '--org=acme-north']],
    ['ERP numbers of the org', ['show', '--org', 'acme', '47'], ['4711', '4712']],
    ['ERP numbers with the flag behind them', ['show', '--json', '--org=acme', '47'], ['4711', '4712']],
    ['ERP numbers for a flag', ['list', '--org', 'acme', '--erp-number', '008'], ['00815']],
    ['% and _ as they are', ['show', '--org', 'acme', '4_'], []],
    ['no ERP numbers of another org', ['show', '--org', 'acme-north', '47'], []],
    ['nothing where the org is not known', ['show', '47'], []],
    ['nothing behind the last argument', ['show', '4711', '--org', 'acme', ''], []],
    ['no flags behind --', ['show', '--org', 'acme', '--', '-'], []],
    ['files for an argument', ['import', 'x'], [':files']],
    ['files for a flag', ['import', '--mapping', './m'], [':files']],
    ['nothing for a text', ['list', '--q', ''], []],
    ['nothing of an unknown command', ['nonsense', 'x', ''], []],
    ['no hidden command', ['__'], []],
  ] as const)('%s', async ([, words, expected]) => {
    expect(await offered([...words])).toEqual(expected);
  });

  test('every command, with what it does', async () => {
    const { stdout } = await run(['__complete', 'zsh', '--', '']);
    expect(stdout).toContain('\nshow\tShow one customer with contacts\n');
    expect(stdout).not.toContain('__');
  });

  test('fifty at most, and nothing that moves the cursor', async () => {
    expect(await offered(['show', '--org', 'beta', ''])).toHaveLength(50);
    expect(await offered(['show', '--org', 'acme', 'esc'])).toEqual([]);
  });

  test('profiles, and the org and connection of the settings', async () => {
    const cwd = path.join(directory.path, 'project');
    await mkdir(cwd);
    await writeFile(
      path.join(cwd, 'orderflow-customers.json'),
      JSON.stringify({ profiles: { prod: { database: database.url, org: 'acme' }, test: {} } }),
    );
    expect(await offered(['list', '--profile', ''], { cwd })).toEqual(['prod', 'test']);
    expect(await offered(['show', '--profile', 'prod', '471'], { cwd })).toEqual(['4711', '4712']);
  });
});

describe('without a word, whatever is wrong', () => {
  test.for([
    ['a dead server', { ORDERFLOW_DATABASE_URL: 'postgres://u@127.0.0.1:1/crm' }],
    ['a broken URL', { ORDERFLOW_DATABASE_URL: 'nonsense' }],
    ['a profile that is not there', { ORDERFLOW_PROFILE: 'nowhere' }],
  ] as const)('%s', async ([, env]) => {
    expect(await offered(['list', '--org', ''], { env })).toEqual([]);
  });

  test('an embedded database that does not run is left alone', async () => {
    const homeDirectory = directory.path;
    expect(await offered(['list', '--org', ''], { homeDirectory })).toEqual([]);
    expect((await run(['embedded', 'status', '--json'], { homeDirectory })).json()).toMatchObject({
      exists: false,
    });
  });
});

test('the overview and the help say nothing of the hidden command', async () => {
  for (const argv of [[], ['--help']]) expect((await run(argv)).stdout).not.toContain('__complete');
  expect((await run(['completio'])).stderr).toContain('did you mean completion?');
});

/** Runs the real shell, with the script loaded, and returns the lines that `code` prints. */
async function inShell(shell: InstalledShell, code: string): Promise<string[]> {
  const flags = { bash: ['--norc'], zsh: ['-f'], fish: ['--no-config'] }[shell];
  const child = spawn(shell, [...flags, '-c', `source ${path.join(directory.path, shell)}\n${code}`], {
    cwd: directory.path,
    env: {
      PATH: `${path.join(directory.path, 'bin')}:${process.env['PATH']}`,
      HOME: directory.path,
      LANG: 'C.UTF-8',
      ORDERFLOW_DATABASE_URL: database.url,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  await new Promise((resolve) => child.on('close', resolve));
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

/** What the shell's own completion makes of the words, each as it is typed; the last is completed. */
const completing: Record<InstalledShell, (words: string[]) => string> = {
  bash: (words) => `
    COMP_WORDS=(orderflow-customers ${words.map(literal).join(' ')})
    COMP_CWORD=${words.length}
    _orderflow_customers 2>/dev/null
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  // compadd works inside the line editor only; what it would be given is what counts.
  zsh: (words) => `
    compadd() { print -rl -- "\${(@)\${(P)argv[-1]}}" }
    _files() { print -r -- :files }
    words=(orderflow-customers ${words.map(literal).join(' ')})
    CURRENT=${words.length + 1}
    _orderflow_customers`,
  fish: (words) =>
    `complete -C ${fishLiteral(`orderflow-customers ${words.join(' ')}`)} | string replace -r '\\t.*' ''`,
};

function literal(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function fishLiteral(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}

describe.each(shellsToTest())('in %s', (shell) => {
  const complete = (...words: string[]) => inShell(shell, completing[shell](words));

  test('commands, flags, orgs and ERP numbers are completed', async () => {
    expect(await complete('im')).toEqual(['import']);
    expect(await complete('org', '')).toEqual(['create', 'list']);
    expect(await complete('list', '--org', 'acme-')).toEqual(['acme-north']);
    expect((await complete('list', '--pa')).map((line) => line.trim())).toEqual(['--page']);
    expect(await complete('show', '--org', 'acme', '47')).toEqual(['4711', '4712']);
    expect(await complete('show', '--org', 'acme', 'M-')).toEqual(['M-ü']);
  });

  test('a number that the shell would run is completed as a text, and runs nowhere', async () => {
    const [completed = '', ...more] = await complete('show', '--org', 'acme', "'$('");
    expect(more).toEqual([]);
    expect(completed).toContain('touch');
    const unquotedWord = await complete('show', '--org', 'acme', String.raw`\$`);
    expect(unquotedWord).toHaveLength(1);
    const files = await inShell(shell, 'ls');
    expect(files).not.toContain('ran');
  });

  test('nothing is completed without a word where the command is unknown', async () => {
    expect(await complete('nonsense', 'x')).toEqual([]);
  });
});

function completeInBash(...words: string[]): Promise<string[]> {
  return inShell('bash', completing.bash(words));
}

describe('in bash', () => {
  test('words that it breaks at = and : are taken as one', async () => {
    expect(await completeInBash('list', '--org', '=', 'acme-')).toEqual(['acme-north']);
    expect(await completeInBash('list', '--color', '=')).toEqual(['auto', 'always', 'never']);
    expect(await completeInBash('show', '--org', '=', 'acme', 'K', ':')).toEqual(['1', '2']);
    expect(await completeInBash('show', '--org', 'acme', 'K', ':', '1')).toEqual(['1']);
  });

  test('a completed word, evaluated, is the ERP number again', async () => {
    for (const [typed, number] of [
      [String.raw`A\ `, 'A B'],
      ['O', "O'Neil"],
      [String.raw`\$`, hostile],
    ] as const) {
      const [word = ''] = await completeInBash('show', '--org', 'acme', typed);
      expect(await inShell('bash', `printf '%s\\n' ${word}`)).toEqual([number]);
    }
  });

  test('a word in quotes stays in them', async () => {
    expect(await completeInBash('show', '--org', 'acme', "'A B")).toEqual(['A B', 'A B2']);
    expect(await completeInBash('show', '--org', 'acme', '"A B2')).toEqual(['A B2']);
    expect(await completeInBash('show', '--org', 'acme', "'O")).toEqual([]);
    expect(await completeInBash('show', '--org', 'acme', '"$')).toEqual([
      String.raw`\$(touch ran) \`touch ran\`;touch ran`,
    ]);
  });

  test('sourced twice it is the same', async () => {
    const [registered] = await inShell(
      'bash',
      `source ${path.join(directory.path, 'bash')}; complete -p orderflow-customers`,
    );
    expect(registered).toBe('complete -F _orderflow_customers orderflow-customers');
  });
});
