import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openSource } from '../../src/files/source.ts';
import type { Finding } from '../../src/import/finding.ts';
import { openCustomerFile } from '../../src/import/customer-file.ts';
import { inspectFile } from '../../src/import/inspect-file.ts';
import { Failure } from '../../src/errors.ts';

/* `inspect` must report of a file exactly what `import` would. */

const root = new URL('../..', import.meta.url).pathname;
const defaults = { currency: 'EUR', language: 'de-DE' };
const names = await readdir(path.join(root, 'samples'), { recursive: true });
const samples = names.filter((name) => /\.(csv|xlsx)$/.test(name)).toSorted();

interface Report {
  accepted: number;
  rejected: number;
  problems: string[];
}

const problemOf = (line: number, code: string, message: string) => `${line} ${code} ${message}`;

async function asImported(file: string): Promise<Report> {
  const source = await openSource(file, { stdin: process.stdin, cwd: root });
  const problems: string[] = [];
  const note = (line: number, finding: Finding) => {
    const { code, message, hint } = finding.problem;
    problems.push(problemOf(line, code, `${finding.column}: ${message}; ${hint}`));
  };
  try {
    const opened = await openCustomerFile(
      source,
      { defaults, blank: 'clear' },
      {
        onReject: ({ line, findings }) => findings.forEach((finding) => note(line, finding)),
        onWarning: ({ line, finding }) => note(line, finding),
      },
    );
    const slices = opened.slices();
    while ((await slices.next()).done !== true) continue;
    return { accepted: opened.tally.accepted, rejected: opened.tally.failed, problems };
  } finally {
    source.close();
  }
}

async function asInspected(file: string): Promise<Report> {
  const source = await openSource(file, { stdin: process.stdin, cwd: root });
  try {
    const { inspection } = await inspectFile({
      source,
      defaults,
      signal: new AbortController().signal,
    });
    return {
      accepted: inspection.accepted,
      rejected: inspection.rejected,
      problems: inspection.problems.map(({ line, column, code, message, hint }) =>
        problemOf(line, code, `${column}: ${message}; ${hint ?? undefined}`),
      ),
    };
  } finally {
    source.close();
  }
}

/** Samples that can be imported as they are; the others need a mapping, and are refused before a row is judged. */
async function importable(): Promise<[string, Report][]> {
  const found: [string, Report][] = [];
  for (const name of samples) {
    try {
      found.push([name, await asImported(path.join(root, 'samples', name))]);
    } catch (error) {
      if (!(error instanceof Failure) || !['missing_column', 'duplicate_column'].includes(error.code))
        throw error;
    }
  }
  return found;
}

const reports = await importable();

test('most samples can be compared', () => {
  expect(reports.length).toBeGreaterThan(samples.length / 4);
});

test.each(reports)('%s: inspect and import report the same', async (name, imported) => {
  const inspected = await asInspected(path.join(root, 'samples', name));
  expect(inspected).toEqual({ ...imported, problems: imported.problems.slice(0, 20) });
});
