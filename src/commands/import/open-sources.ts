import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { Failure } from '../../errors.ts';
import { isStandardInput } from '../../files/open-to-read.ts';
import type { Source } from '../../files/source.ts';
import { openSource } from '../../files/source.ts';
import { digestOf } from '../../import/plan/plan-binding.ts';
import type { ImportOptions } from '../options/import-options.ts';

/**
 * Throws `usage` for a file that is given twice, under any names: all rows of the first one would be
 * repetitions.
 */
export async function requireDifferent(files: readonly string[], cwd: string): Promise<void> {
  if (files.length === 1) return;
  const seen = new Map<string, string>();
  for (const file of files) {
    const key = await identityOf(file, cwd);
    const earlier = seen.get(key);
    if (earlier !== undefined) {
      const same = earlier === file ? `${file} is given twice` : `${earlier} and ${file} are the same file`;
      throw new Failure('usage', same, { hint: 'give each file once' });
    }
    seen.set(key, file);
  }
}

/** Throws `usage` for an output that would replace what the import reads, or another output. */
export async function requireOtherOutputs(
  files: readonly string[],
  { done, plan, planTo, changesTo, reportTo, metricsTo, rejects }: ImportOptions,
  cwd: string,
): Promise<void> {
  const inputs = [...files, done, plan].filter((file) => file !== undefined);
  const read = new Set(await Promise.all(inputs.map((file) => identityOf(file, cwd))));
  const outputs = {
    // Of several files it is a directory, and a default is chosen so that it is free.
    '--rejects': files.length === 1 && rejects !== false ? rejects : undefined,
    '--plan-to': planTo,
    '--changes-to': changesTo,
    '--report-to': reportTo,
    '--metrics-to': metricsTo,
  };
  const written = new Map<string, string>();
  for (const [flag, file] of Object.entries(outputs)) {
    if (file === undefined || file === '-' || file.startsWith('/dev/')) continue;
    const key = await identityOf(file, cwd);
    if (read.has(key)) {
      throw new Failure('usage', `${flag} would replace ${file}, which the import reads`, {
        hint: 'name another file',
      });
    }
    const earlier = written.get(key);
    if (earlier !== undefined) {
      throw new Failure('usage', `${earlier} and ${flag} would both write ${file}`, {
        hint: 'name a file for each of them',
      });
    }
    written.set(key, flag);
  }
}

/** Links lead to the same file; a missing file is identified by its name. */
async function identityOf(file: string, cwd: string): Promise<string> {
  const absolute = path.resolve(cwd, file);
  if (file === '-' || isStandardInput(absolute)) return 'standard input';
  const found = await stat(absolute, { bigint: true }).catch(() => undefined);
  return found === undefined ? absolute : `${found.dev} ${found.ino}`;
}

/**
 * Opens all files before anything else. With several files, a pipe is read to its end before the next one is
 * opened, because their writers may run one after the other.
 */
export async function openSources(
  files: readonly string[],
  options: { stdin: Readable; cwd: string; signal: AbortSignal },
): Promise<[Source, ...Source[]]> {
  const sources: Source[] = [];
  try {
    for (const file of files) {
      const source = await openSource(file, options);
      sources.push(source);
      if (files.length > 1) await source.whole();
    }
    await requireDifferentContent(sources);
    return sources as [Source, ...Source[]];
  } catch (error) {
    for (const source of sources) source.close();
    throw options.signal.aborted ? options.signal.reason : error;
  }
}

/**
 * Throws `refused` for a copy, also a packed one or one by a pipe: the file that should be in its place is
 * missing, with all of its customers.
 */
async function requireDifferentContent(sources: readonly Source[]): Promise<void> {
  if (sources.length === 1) return;
  const beginnings = new Map<Source, string>();
  for (const source of sources) beginnings.set(source, await beginningOf(source));
  const seen = new Map<string, Source>();
  for (const source of sources) {
    const beginning = beginnings.get(source);
    const alike = sources.filter((other) => beginnings.get(other) === beginning);
    if (beginning === '' || alike.length === 1) continue;
    const digest = await digestOf(source);
    const earlier = seen.get(digest);
    if (earlier !== undefined) {
      throw new Failure('refused', `${earlier.name} and ${source.name} have the same content`, {
        hint: 'one of them is a copy: export or fetch the files again',
      });
    }
    seen.set(digest, source);
  }
}

const beginningLength = 1 << 16;

/** Files that differ here need not be read completely to be compared. */
async function beginningOf(source: Source): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of source.chunks) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= beginningLength) break;
  }
  return Buffer.concat(chunks).toString('latin1', 0, beginningLength);
}
