import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import type { Output } from '../src/io.ts';
import { main } from '../src/main.ts';
import { problemCodes } from '../src/model/problem.ts';
import { commandsPage } from './support/commands-page.ts';
import { testDatabase } from './support/database.ts';

const root = new URL('..', import.meta.url).pathname;

test('docs/commands.md is what the help texts say: run npm run docs', async () => {
  await expect(await commandsPage()).toMatchFileSnapshot('../docs/commands.md');
});

describe('docs/problems.md', () => {
  test('has a section for each code that an error, a warning or a failed run can have, and no other', async () => {
    const described = (await problemSections()).map(({ code }) => code);
    expect(described.toSorted()).toEqual(await codesInSource());
  });

  test('has them in order, group by group', async () => {
    const page = await readFile(path.join(root, 'docs/problems.md'), 'utf8');
    for (const group of page.split(/^## /m).slice(1)) {
      const codes = [...group.matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code as string);
      expect(codes).toEqual(codes.toSorted());
    }
  });

  test('has the message, the cure and the exit code of each failure', async () => {
    const { table } = await failureCodes();
    const lacking = (await problemSections()).filter(({ code, text }) => {
      const exitCode = /\b[Ee]xit code (\d+)/.exec(text)?.[1];
      return !/^```(?:console|text)\n/m.test(text) || !/^- \S/m.test(text) || exitCode !== table.get(code);
    });
    expect(lacking).toEqual([]);
  });
});

async function problemSections(): Promise<{ code: string; text: string }[]> {
  const page = await readFile(path.join(root, 'docs/problems.md'), 'utf8');
  return [...page.matchAll(/^### `(\w+)`\n([^]*?)(?=^##|(?![^]))/gm)].map(([, code = '', text = '']) => ({
    code,
    text,
  }));
}

/** The codes that the source of what is bundled can give: those of the model, the reader's and the failures'. */
async function codesInSource(): Promise<string[]> {
  const { table, sources } = await failureCodes();
  const codes = new Set<string>(Object.keys(problemCodes));
  for (const [file, text] of sources) {
    for (const code of table.keys()) if (text.includes(`'${code}'`)) codes.add(code);
    if (!/^src\/(import|files)\//.test(file)) continue;
    const found = [
      ...text.matchAll(/\bcode: '((?!custom')[a-z_]+)'/g),
      ...text.matchAll(/\bcode: \w+ \? '([a-z_]+)'/g),
      ...text.matchAll(/\bcode: \w+ \? '[a-z_]+' : '([a-z_]+)'/g),
      ...text.matchAll(/^ {2}([a-z]+_[a-z_]+): \{\s+message: '/gm),
    ];
    for (const [, code] of found) codes.add(code as string);
  }
  return [...codes].toSorted();
}

async function failureCodes(): Promise<{ table: Map<string, string>; sources: Map<string, string> }> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    bundle: true,
    platform: 'node',
    packages: 'external',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const files = Object.keys(metafile.inputs).filter((file) => /^src\/.*\.ts$/.test(file));
  const texts = await Promise.all(files.map((file) => readFile(path.join(root, file), 'utf8')));
  const sources = new Map(files.map((file, index) => [file, texts[index] as string]));
  const errors = sources.get('src/errors.ts') as string;
  sources.delete('src/errors.ts');
  const rows = errors.matchAll(/^ {2}([a-z0-9_]+): (\d+),$/gm);
  return {
    table: new Map([...rows].map(([, code, exitCode]) => [code as string, exitCode as string])),
    sources,
  };
}

describe('docs/architecture.md', () => {
  test('names files and functions that there are', async () => {
    const page = await readFile(path.join(root, 'docs/architecture.md'), 'utf8');
    const named = [...page.matchAll(/`([\w./-]+)`/g)].map(([, name]) => name as string);
    const directories = ['src', 'bin', 'test', 'migrations', 'docs'];
    const listings = await Promise.all(
      directories.map((directory) => readdir(path.join(root, directory), { recursive: true })),
    );
    const files = [
      'build.js',
      ...listings.flatMap((names, index) => names.map((name) => `${directories[index]}/${name}`)),
    ];
    const sources = (
      await Promise.all(
        files
          .filter((file) => /^(?:src|bin)\/.*\.[jt]s$|^build\.js$/.test(file))
          .map((file) => readFile(path.join(root, file), 'utf8')),
      )
    ).join('\n');
    const isThere = (name: string) =>
      /\.(?:ts|js|md)$/.test(name)
        ? files.some((file) => `/${file}`.endsWith(`/${name}`)) || name.startsWith('dist/')
        : !/^[a-z]+[A-Z]\w*$/.test(name) || new RegExp(`\\b${name}\\b`).test(sources);
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((name) => !isThere(name))).toEqual([]);
  });
});

/* Words that are archaic, or used in place of plainer ones. Quoted names and code are not looked at. */
const avoided =
  /\b(?:stands?|stood|standing|nobody|somebody|anybody|whoever|tells?|told|mend(?:s|ed|ing)?|at hand|lest|of which|of whom|for ever|amid|for want of|says|said|spoken of|speaks? of)\b/i;

test('comments and docs are in plain words', async () => {
  const sources = (await readdir(path.join(root, 'src'), { recursive: true }))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `src/${name}`);
  const pages = (await readdir(path.join(root, 'docs'), { recursive: true }))
    .filter((name) => name.endsWith('.md') && name !== 'changelog.md' && name !== 'commands.md')
    .map((name) => `docs/${name}`);
  const found = await Promise.all(
    [...sources, ...pages, 'README.md', 'CONTRIBUTING.md'].map(async (file) => {
      const text = await readFile(path.join(root, file), 'utf8');
      const comments = file.endsWith('.ts')
        ? [...text.matchAll(/^\s*(?:\/\/|\/?\*).*$/gm)].map(([line]) => line)
        : text.replaceAll(/^```[^]*?^```$/gm, '').split('\n');
      return comments
        .filter((line) => avoided.test(line.replaceAll(/`[^`]*`|“[^”]*”/g, '')))
        .map((line) => `${file}: ${line.trim()}`);
    }),
  );
  expect(found.flat()).toEqual([]);
});

describe('README.md', () => {
  test('shows what the tool prints', async () => {
    const readme = await readFile(path.join(root, 'README.md'), 'utf8');
    const shown = /^```console\n([^]*?)^```/m.exec(readme)?.[1] ?? '';
    const directory = await mkdtemp(path.join(os.tmpdir(), 'readme-'));
    await symlink(path.join(root, 'samples'), path.join(directory, 'samples'));
    const database = await testDatabase();
    try {
      for (const block of shown.split(/^(?=\$ )/m)) {
        const [line = '', ...expected] = block.trimEnd().split('\n');
        expect(line).toMatch(/^\$ orderflow-customers \S/);
        const printed = await screen(line.split(' ').slice(2), { cwd: directory, url: database.url });
        expect(comparable(printed, expected)).toEqual(expected);
      }
    } finally {
      await database.close();
      await rm(directory, { recursive: true });
    }
  });
});

/** What a terminal of 80 columns shows of one command, both streams as they come. */
async function screen(argv: string[], { cwd, url }: { cwd: string; url: string }): Promise<string[]> {
  let text = '';
  const terminal: Output = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  Object.assign(terminal, { isTTY: true, columns: 80 });
  await main(argv, {
    stdin: process.stdin,
    stdout: terminal,
    stderr: terminal,
    env: { ORDERFLOW_DATABASE_URL: url, NO_COLOR: '1' },
    cwd,
    homeDirectory: cwd,
    now: () => new Date(),
    signal: new AbortController().signal,
    lendTerminal: () => () => {},
  });
  // A line of progress was written over.
  const left = text.replaceAll(/\r\x1b\[K(?:[^\r\n]*\r\x1b\[K)?/g, '');
  return left.trimEnd().split('\n');
}

/** Without what differs from run to run, taken from the README instead; `…` there stands for lines left out. */
function comparable(printed: string[], expected: string[]): string[] {
  const result: string[] = [];
  let at = 0;
  for (const [index, line] of expected.entries()) {
    if (line === '…') {
      const next = expected[index + 1];
      while (at < printed.length && !isSame(printed[at] as string, next)) at++;
      result.push(line);
      continue;
    }
    const actual = printed[at++] ?? '(nothing more)';
    result.push(isSame(actual, line) ? line : actual);
  }
  return [...result, ...printed.slice(at)];
}

function isSame(printed: string, shown = ''): boolean {
  return steady(printed) === steady(shown);
}

function steady(line: string): string {
  return line
    .replace(/^→ .*, org/, '→ …, org')
    .replace(/\b\d+\.\d s\b/, '… s')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d$/, '…')
    .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/, '…');
}
