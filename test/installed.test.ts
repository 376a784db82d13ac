import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestDatabase } from './support/database.ts';
import { emptyDatabase, testDatabase } from './support/database.ts';
import { buildTool } from './support/tool.ts';

const root = new URL('..', import.meta.url).pathname;
const execute = promisify(execFile);

/** Read by those who work on the code, so they stay in the repository. */
const notInstalled = new Set(['CONTRIBUTING.md', 'docs/architecture.md', 'docs/performance.md']);

let directory: string;
let prefix: string;
/** The directory of the installed package. */
let installed: string;
let database: TestDatabase;

beforeAll(async () => {
  await buildTool();
  directory = await mkdtemp(path.join(os.tmpdir(), 'installed-'));
  prefix = path.join(directory, 'prefix');
  await mkdir(prefix);
  const npm = (...words: string[]) =>
    execute('npm', [...words, '--cache', path.join(directory, 'cache'), '--offline'], { cwd: root });
  await npm('pack', '--ignore-scripts', '--pack-destination', directory);
  const tarball = (await readdir(directory)).find((name) => name.endsWith('.tgz')) as string;
  // With an empty cache and no network, the tarball itself is all that npm can install. The embedded Postgres is
  // optional: a database is named below.
  await npm('install', '--global', '--prefix', prefix, '--omit=optional', path.join(directory, tarball));
  installed = path.join(prefix, 'lib/node_modules/orderflow-customers');
  database = await testDatabase();
});
afterAll(async () => {
  await database?.close();
  await rm(directory, { recursive: true, force: true });
});

function tool(argv: string[], { url }: TestDatabase) {
  const env = { PATH: process.env['PATH'], HOME: directory, ORDERFLOW_DATABASE_URL: url };
  return execute(path.join(prefix, 'bin/orderflow-customers'), argv, { cwd: installed, env });
}

test('runs the first command of the README on the sample it names', async () => {
  const readme = await readFile(path.join(installed, 'README.md'), 'utf8');
  const [, line = ''] = /orderflow-customers (import samples\/\S+ .*--create-org)/.exec(readme) ?? [];
  const { stdout } = await tool([...line.split(' '), '--json'], database);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, imported: 12, failed: 0 });
});

test('brings the schema into an empty database', async () => {
  const empty = await emptyDatabase();
  try {
    await tool(['migrate'], empty);
    const opened = await empty.open();
    expect(await opened.query(sql`select count(*)::int as customers from customer`)).toEqual([
      { customers: 0 },
    ]);
  } finally {
    await empty.close();
  }
});

test('prints nothing of Node about many files', async () => {
  const names = Array.from({ length: 12 }, (_, index) => path.join(directory, `part-${index + 1}.csv`));
  const header = 'erp_customer_number,name,default_currency,default_language';
  await Promise.all(
    names.map((name, index) => writeFile(name, `${header}\n${index + 1},Kunde ${index + 1},EUR,de\n`)),
  );
  const words = ['import', ...names, '--org', 'many', '--create-org', '--quiet'];
  expect(await tool(words, database)).toMatchObject({ stdout: '', stderr: '' });
});

test('starts without compiled code that cannot be read', async () => {
  const dist = path.join(installed, 'dist');
  // Only Node 20 has any.
  const name = (await readdir(dist)).find((each) => /^main-.*\.v8$/.test(each));
  if (name === undefined) return;
  await rename(path.join(dist, name), path.join(directory, name));
  // A directory, because root reads files of any mode.
  await mkdir(path.join(dist, name));
  try {
    expect(await tool(['--version'], database)).toMatchObject({ stderr: '' });
  } finally {
    await rm(path.join(dist, name), { recursive: true });
    await rename(path.join(directory, name), path.join(dist, name));
  }
});

test('takes compiled code only on the kind of machine that compiled it', async () => {
  const code = `
    Object.defineProperty(process, 'arch', { value: 'another' });
    const fs = require('node:fs');
    const { readFileSync } = fs;
    fs.readFileSync = (file, ...rest) => {
      if (String(file).endsWith('.v8')) console.log('took', file);
      return readFileSync(file, ...rest);
    };
    require('./dist/main.js');`;
  expect((await execute(process.execPath, ['-e', code], { cwd: installed })).stdout).toBe('');
});

test('has a manual page where man looks for it', async () => {
  const pages = path.join(prefix, 'share/man');
  const page = await readFile(path.join(pages, 'man1/orderflow-customers.1'), 'utf8');
  expect(page).toMatch(/^\.TH ORDERFLOW-CUSTOMERS 1 /);
  const man = spawnSync('man', ['-M', pages, '-w', 'orderflow-customers'], { encoding: 'utf8' });
  // A container without man has the file all the same.
  expect(man.stdout ?? 'orderflow-customers.1\n').toMatch(/orderflow-customers\.1\n$/);
});

test('needs no other package, and holds no page for those who work on the code', async () => {
  expect(await readdir(path.join(prefix, 'lib/node_modules'))).toEqual(['orderflow-customers']);
  expect(await readdir(installed)).not.toContain('node_modules');
  const files = await readdir(installed, { recursive: true });
  expect(files.filter((file) => notInstalled.has(file))).toEqual([]);
});

test('has every file and page that the README and the installed docs name', async () => {
  const files = new Set(await readdir(installed, { recursive: true }));
  const pages = [...files].filter((file) => file === 'README.md' || /^docs\/.*\.md$/.test(file));
  const missing = await Promise.all(
    pages.map(async (page) => {
      const text = await readFile(path.join(installed, page), 'utf8');
      const linked = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = '']) =>
        path.join(path.dirname(page), target),
      );
      const named = [...text.matchAll(/\b(?:samples|mappings|migrations|docs)\/[\w./-]*\w/g)].map(
        ([name]) => name,
      );
      return [...linked, ...named]
        .filter((name) => !files.has(name) && !files.has(`samples/${name}`) && !notInstalled.has(name))
        .map((name) => `${page}: ${name}`);
    }),
  );
  expect(missing.flat()).toEqual([]);
});
