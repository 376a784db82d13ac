import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileSequence, textOf } from '../support/import-model-files.ts';
import { modelImport } from '../support/import-model.ts';
import type { ImportSetting, StoredCustomer } from '../support/import.ts';
import { foretold, importSetting } from '../support/import.ts';

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

function comparable(customers: StoredCustomer[]): string[] {
  return customers
    .map((customer) => JSON.stringify(customer, Object.keys(allKeys(customer)).toSorted()))
    .toSorted();
}

function allKeys(value: unknown): Record<string, true> {
  if (value === null || typeof value !== 'object') return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => [[key, true], ...Object.entries(allKeys(inner))]),
  );
}

test('files in sequence: each dry run predicts the run, each run follows the rules, each second run changes nothing', async () => {
  const runs = fc.asyncProperty(fileSequence, async (sequence) => {
    const org = await setting.newOrg();
    const expected: StoredCustomer[] = [];
    for (const each of sequence) {
      const text = textOf(each);
      const flags = ['--blank', each.blank, '--no-rejects', '--allow-duplicates'];
      if (each.match !== undefined) flags.push('--match', each.match);
      const before = await setting.versions(org);
      const dry = await setting.importText(org, text, { flags: [...flags, '--dry-run'] });
      expect(await setting.versions(org)).toEqual(before);

      const real = await setting.importText(org, text, { flags });
      expect(foretold(dry.report)).toEqual(foretold(real.report));

      const counts = modelImport(expected, each);
      expect(comparable(await setting.stored(org))).toEqual(comparable(expected));
      expect(real.report).toMatchObject(counts);
      const { rows, imported, updated, unchanged, superseded, failed } = real.report;
      expect(imported + updated + unchanged + superseded + failed).toBe(rows);

      const standing = await setting.versions(org);
      const again = await setting.importText(org, text, { flags });
      expect(again.report).toMatchObject({
        imported: 0,
        updated: 0,
        failed,
        contacts: { imported: 0, updated: 0 },
      });
      expect(comparable(await setting.stored(org))).toEqual(comparable(expected));
      expect(again.report.unchanged + again.report.superseded).toBe(rows - failed);
      // One more line in the ledger, and nothing else.
      expect(await setting.versions(org)).toEqual(expect.arrayContaining(standing));
    }
  });
  // On a slow machine fewer sequences are tried, and a fault that one has shown is told before the test's time is over.
  const interruptAfterTimeLimit = Number(process.env['PROPERTY_SECONDS'] ?? 40) * 1000;
  // The same sequences each time: others are looked for with PROPERTY_SEED, many at once.
  const seed = Number(process.env['PROPERTY_SEED'] ?? 1);
  const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 15);
  await fc.assert(runs, { seed, numRuns, interruptAfterTimeLimit });
});
