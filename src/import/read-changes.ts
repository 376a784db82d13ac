import type { Readable } from 'node:stream';

import path from 'node:path';
import { Failure } from '../errors.ts';
import { isStandardInput, openPipe, openToRead } from '../files/open-to-read.ts';
import type { CustomerPatch } from '../model/customer.ts';
import { customerPatch } from '../model/customer.ts';
import { nestAddresses } from '../model/nested-fields.ts';
import { printable, quoted } from '../model/printable.ts';
import { describeProblem } from '../model/problem.ts';
import { problemsOf } from '../model/validation.ts';

/** What a file changes in one customer. */
export interface GivenChange {
  /** The customer's ERP number or id. */
  ref: string;
  patch: CustomerPatch;
  /** The fields as the file has them. */
  fields: Record<string, unknown>;
  /** `change 3`, counted from 1; for NDJSON with its line. */
  place: string;
}

/** The limit for one run: a larger file is a job for `import`, which does not keep everything in memory. */
export const largestChanges = { count: 10_000, bytes: 32 * 1024 * 1024 };

/** How many problems a failure names. */
const listed = 20;

/**
 * The changes in a JSON array of objects, or in NDJSON (one object per line). Each has the customer's `ref`
 * and the fields to change, as `customerPatch` accepts them or by the names of a file's columns. `-` is
 * `stdin`. Throws `file_not_found`, `file_unreadable`, or `invalid_value` with everything that is wrong, by
 * its position.
 */
export async function readChanges(
  file: string,
  { stdin, cwd, signal }: { stdin: Readable; cwd: string; signal: AbortSignal },
): Promise<GivenChange[]> {
  const name = file === '-' ? 'standard input' : printable(file);
  const bytes =
    file === '-' || isStandardInput(file)
      ? await readAll(stdin, { name, signal })
      : await readWhole(path.resolve(cwd, file), { name, signal });
  const elements = parseElements(decode(bytes, name), name);
  if (elements.length > largestChanges.count) {
    throw new Failure(
      'invalid_value',
      `${name} has ${elements.length} changes; one run takes at most ${largestChanges.count}`,
      { hint: 'give it in parts, or as a CSV file to import' },
    );
  }
  const problems: string[] = [];
  const changes = elements.flatMap(({ value, place }) => judge(value, place, problems));
  if (problems.length === 0) return changes;
  const lines = problems.slice(0, listed);
  if (problems.length > listed) lines.push(`… and ${problems.length - listed} more`);
  throw new Failure('invalid_value', lines.join('\n'), {
    hint: 'nothing was changed; fix all of them, then run it again',
  });
}

interface Element {
  value: unknown;
  place: string;
}

function parseElements(text: string, name: string): Element[] {
  const start = text.trimStart()[0];
  if (start === '[') {
    const whole = parseJson(text);
    if (whole instanceof Error) throw new Failure('invalid_value', `${name} is not JSON: ${whole.message}`);
    return (whole as unknown[]).map((value, index) => ({ value, place: `change ${index + 1}` }));
  }
  const single = start === '{' ? parseJson(text) : undefined;
  if (single !== undefined && !(single instanceof Error)) return [{ value: single, place: 'change 1' }];
  const elements: Element[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const value = parseJson(line);
    if (value instanceof Error) {
      throw new Failure('invalid_value', `${name}, line ${index + 1}: not JSON: ${value.message}`, {
        hint: 'give a JSON array of objects, or one object a line (jq -c writes such lines)',
      });
    }
    elements.push({ value, place: `change ${elements.length + 1} (line ${index + 1})` });
  }
  return elements;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function judge(value: unknown, place: string, problems: string[]): GivenChange[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.push(`${place}: not an object such as {"ref": "10001", "notes": "…"}`);
    return [];
  }
  const { ref, ...fields } = value as Record<string, unknown>;
  if (typeof ref !== 'string' || ref === '') {
    const found = typeof ref === 'number' ? `${ref} is a number: write it in quotes, ` : 'it needs a "ref": ';
    problems.push(`${place}: ${found}the customer's ERP number or id as a text`);
    return [];
  }
  const named = `${place} (ref ${quoted(ref)})`;
  if (Object.keys(fields).length === 0) {
    problems.push(`${named}: it names no field to change`);
    return [];
  }
  const result = customerPatch.safeParse(nestAddresses(fields));
  if (result.success) return [{ ref, patch: result.data, fields, place }];
  for (const { field, problem } of problemsOf(result.error)) {
    problems.push(`${named}, ${describeProblem(printable(field), problem)}`);
  }
  return [];
}

function decode(bytes: Buffer, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Failure('invalid_value', `${name} is not UTF-8, as JSON has to be`, { cause });
  }
}

async function readWhole(absolute: string, { name, signal }: Reading): Promise<Buffer> {
  const pipe = await openPipe(absolute);
  if (pipe !== undefined) return await readAll(pipe, { name, signal });
  const handle = await openToRead(absolute, { name });
  try {
    return await readAll(handle.createReadStream({ autoClose: false }), { name, signal });
  } finally {
    await handle.close();
  }
}

interface Reading {
  name: string;
  /**
   * Ends the reading, because a pipe that delivers nothing would keep an interrupted run waiting
   * indefinitely.
   */
  signal: AbortSignal;
}

async function readAll(stream: Readable, { name, signal }: Reading): Promise<Buffer> {
  signal.throwIfAborted();
  const stop = () => stream.destroy(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > largestChanges.bytes) break;
      chunks.push(Buffer.from(chunk));
    }
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    const { message } = cause as Error;
    throw new Failure('file_unreadable', `cannot read ${name}: ${message}`, { cause });
  } finally {
    signal.removeEventListener('abort', stop);
  }
  if (size <= largestChanges.bytes) return Buffer.concat(chunks);
  throw new Failure('invalid_value', `${name} has more than ${largestChanges.bytes} bytes`, {
    hint: 'give it in parts, or as a CSV file to import',
  });
}
