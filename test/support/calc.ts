import { execFile, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

/**
 * Whether there is a LibreOffice Calc to test with. `.ci/run` installs it and sets TEST_CALC, so that a missing one fails
 * there; elsewhere a developer without it is told that it was left out.
 */
export function hasCalc(): boolean {
  if (process.env['TEST_CALC'] !== undefined || spawnSync('soffice', ['--version']).status === 0) return true;
  process.stderr.write('soffice is not installed: exports are NOT opened and saved in LibreOffice Calc\n');
  return false;
}

/**
 * Opens a file in Calc and saves it as another, without a window; returns what was saved. A CSV file is opened as Excel
 * does it in Germany, everything that looks like a number, a date or a formula becoming one.
 */
export async function openAndSave(
  file: string,
  { to, directory }: { to: 'xlsx' | 'csv'; directory: string },
): Promise<Buffer> {
  // Semicolon, quote, UTF-8, from line 1, no column formats, German, quoted cells too, detect numbers, evaluate formulas.
  const opening = 'Text - txt - csv (StarCalc):59,34,76,1,,1031,false,true,false,false,false,-1,true';
  const saving = { xlsx: 'xlsx:Calc MS Excel 2007 XML', csv: 'csv:Text - txt - csv (StarCalc):59,34,76' }[to];
  const saved = path.join(directory, 'saved');
  await promisify(execFile)('soffice', [
    `-env:UserInstallation=file://${path.join(directory, 'calc')}`,
    '--headless',
    ...(file.endsWith('.csv') ? [`--infilter=${opening}`] : []),
    '--convert-to',
    saving,
    '--outdir',
    saved,
    path.join(directory, file),
  ]);
  return readFile(path.join(saved, `${path.parse(file).name}.${to}`));
}
