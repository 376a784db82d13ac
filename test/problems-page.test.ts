import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import iconv from 'iconv-lite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestDatabase } from './support/database.ts';
import { testDatabase } from './support/database.ts';
import { run } from './support/run.ts';

const page = await readFile(new URL('../docs/problems.md', import.meta.url), 'utf8');

/** The sections that show a command and what it prints. */
const shown = page.split(/^### /m).flatMap((section): [string, string][] => {
  const code = /^`(\w+)`\n/.exec(section)?.[1];
  return code === undefined || !section.includes('```console') ? [] : [[code, section]];
});

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  await run(['org', 'create', 'acme', '--name', 'Acme'], { database });
});
afterAll(() => database.close());

test('most sections show what the tool prints', () => {
  expect(shown.length).toBeGreaterThan(50);
});

test.each(shown)('%s: the tool prints what is shown', async (code, section) => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'problems-'));
  try {
    for (const [, language = '', how = '', content = ''] of section.matchAll(
      /^```(csv|yaml) ?([\w-]*)\n([^]*?)^```$/gm,
    )) {
      const name = language === 'csv' ? 'customers.csv' : 'mapping.yaml';
      await writeFile(path.join(directory, name), bytesOf(content, how));
    }
    const [command = '', ...lines] = (
      /^```console\n\$ orderflow-customers ([^]*?)\n```$/m.exec(section)?.[1] ?? ''
    ).split('\n');
    const { exitCode, stdout, stderr } = await run(wordsOf(command), { cwd: directory, database });
    const printed = [
      ...`${stderr}${stdout}`.split('\n'),
      ...(await entriesOf(path.join(directory, 'report.json'))),
    ];
    expect(lines.length).toBeGreaterThan(0);
    expect(printed).toEqual(expect.arrayContaining(lines));
    // A failure's code is not printed, but its exit code is on the page.
    const failed = lines[0]?.startsWith('error: ') === true;
    expect(failed ? section : lines.join('\n')).toMatch(
      failed ? new RegExp(`xit (?:code )?${exitCode}\\b`) : code,
    );
  } finally {
    await rm(directory, { recursive: true });
  }
});

/** The bytes of a file on the page: `\xfc` is a byte, `\0`, `\r` and `\n` are what they are elsewhere. */
function bytesOf(content: string, how: string): Buffer {
  if (how !== 'escaped') return how === '' ? Buffer.from(content) : iconv.encode(content, how);
  const parts = content.replace(/\\e\n$/, '').split(/(\\x[\da-f]{2}|\\[0rn])/);
  const escapes: Record<string, number> = { '\\0': 0, '\\r': 0x0d, '\\n': 0x0a };
  return Buffer.concat(
    parts.map((part, index) =>
      index % 2 === 0
        ? Buffer.from(part)
        : Buffer.from([escapes[part] ?? Number.parseInt(part.slice(2), 16)]),
    ),
  );
}

/** A command line as a shell cuts it, as far as the page needs it. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, inQuotes, plain]) => inQuotes ?? plain ?? '');
}

/** The lines of a report of `inspect`, one JSON object each; none without one. */
async function entriesOf(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return [];
  const { rejected, warnings } = JSON.parse(text) as Record<'rejected' | 'warnings', unknown[]>;
  return [...rejected, ...warnings].map((entry) => JSON.stringify(entry));
}
