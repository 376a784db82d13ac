import path from 'node:path';
import type { Document, Node } from 'yaml';
import { isAlias, isNode, isPair, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type * as z from 'zod';
import { Failure } from '../../errors.ts';
import { fieldNames } from '../../model/fields.ts';
import { openToRead } from '../../files/open-to-read.ts';
import { quoted } from '../../model/printable.ts';
import { suggestField } from './column-synonyms.ts';
import type { Mapping } from './mapping.ts';
import { mappingSchema } from './mapping.ts';
import { nearName } from '../../model/near-name.ts';

/** Bytes; a mapping of a thousand columns has a tenth of this. */
const largest = 1 << 20;

/**
 * Reads a mapping file. Throws `Failure`: `file_not_found`, `file_unreadable`, or `mapping_invalid` with the
 * line.
 */
export async function readMapping(file: string, { cwd }: { cwd: string }): Promise<Mapping> {
  return parseMapping(decode(await readAtMost(path.resolve(cwd, file), file), file), file);
}

/**
 * Parses a mapping, YAML or JSON (which is valid YAML). Every value is read as its literal text: a postcode
 * `01067` or a country `NO` is not a number or boolean.
 */
export function parseMapping(text: string, file: string): Mapping {
  const lines = new LineCounter();

  function invalid(message: string, offset?: number, hint?: string): Failure {
    const line = offset === undefined ? '' : `, line ${Math.max(1, lines.linePos(offset).line)}`;
    return new Failure('mapping_invalid', `${file}${line}: ${message}`, {
      hint: hint ?? 'docs/import-guide.md shows what a mapping file holds',
    });
  }

  // JSON may be indented with tabs, YAML may not; in JSON no string contains a line end.
  const source = /^\s*\{/.test(text) ? text.replaceAll(/^\t+/gm, (tabs) => ' '.repeat(tabs.length)) : text;
  let document: Document.Parsed;
  try {
    document = parseDocument(source, {
      schema: 'failsafe',
      lineCounter: lines,
      prettyErrors: false,
      // At any level above silent, a second document is an error; nothing is printed either way.
      logLevel: 'error',
    });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw invalid('the file is nested too deep');
  }
  const [fault] = [...document.errors, ...document.warnings];
  // The YAML parser reports its own stack overflow this way.
  if (fault?.message.startsWith('Maximum call stack')) throw invalid('the file is nested too deep');
  if (fault !== undefined) throw invalid(fault.message.split('\n', 1)[0] as string, fault.pos[0]);
  refuseOddNodes(document, invalid);
  const parsed = mappingSchema.safeParse(document.toJS({ maxAliasCount: 0 }) ?? {});
  if (parsed.success) return { ...parsed.data, file };
  const issue = parsed.error.issues[0] as z.core.$ZodIssue;
  const { message, hint } = describeIssue(issue);
  throw invalid(message, offsetOf(document, issue), hint);
}

/**
 * Aliases can make a small file huge; keys that are not text, and the key that JavaScript treats specially.
 */
function refuseOddNodes(
  document: Document.Parsed,
  invalid: (message: string, offset?: number) => Failure,
): void {
  visit(document, (_key, node) => {
    if (isAlias(node)) throw invalid('aliases (*…) are not supported', node.range?.[0]);
    if (!isPair(node)) return;
    const offset = isNode(node.key) ? node.key.range?.[0] : undefined;
    if (!isScalar(node.key)) throw invalid('a key must be a text', offset);
    if (node.key.value === '__proto__') throw invalid('the key "__proto__" is not allowed', offset);
  });
}

function describeIssue(issue: z.core.$ZodIssue): { message: string; hint: string | undefined } {
  const [section, ...rest] = issue.path;
  // If a list of fields replaces one field, its indexes are meaningless.
  const steps =
    section === 'columns' ? rest.filter((step) => step !== 'fields' && typeof step !== 'number') : rest;
  const place = [
    ...(section === undefined ? [] : [String(section)]),
    ...steps.map((step) => (typeof step === 'number' ? `number ${step + 1}` : quoted(String(step), 40))),
  ].join(', ');
  const at = place === '' ? '' : `${place}: `;
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const meant =
      section === 'constants'
        ? suggestField(key, fieldNames)
        : nearName(key, section === undefined ? Object.keys(mappingSchema.shape) : innerKeys, (name) => name);
    return {
      message: `${at}the key ${quoted(key)} is not known`,
      hint: meant === undefined ? undefined : `did you mean ${meant}?`,
    };
  }
  if (issue.code === 'invalid_type') {
    return { message: `${at}${kinds[issue.expected] ?? 'something else'} is needed here`, hint: undefined };
  }
  const hint = issue.code === 'custom' ? (issue.params?.['hint'] as string | undefined) : undefined;
  return { message: `${at}${issue.message}`, hint };
}

const kinds: Record<string, string> = {
  object: 'a map (key: value)',
  record: 'a map (key: value)',
  array: 'a list',
  string: 'a text',
};

const innerKeys = ['field', 'fields', 'values', 'strip', 'split', 'optional', 'by', 'columns', 'with', 'else']
  .concat('column', 'equals', 'not_equals', 'starts_with')
  .concat('when', 'of', 'contact', 'billing', 'shipping', 'cell', 'number', 'email', 'phone');

/** The position in the file of the value that an issue is about, or of the nearest one around it. */
function offsetOf(document: Document.Parsed, issue: z.core.$ZodIssue): number | undefined {
  const steps = [...issue.path, ...(issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [])];
  let node: unknown = document.contents;
  let offset = isNode(node) ? node.range?.[0] : undefined;
  for (const step of steps) {
    const next: unknown = childOf(node, step);
    if (!isPair(next) && !isNode(next)) break;
    const at = isPair(next) ? (next.key as Node) : next;
    offset = at.range?.[0] ?? offset;
    node = isPair(next) ? next.value : next;
  }
  return offset;
}

function childOf(node: unknown, step: PropertyKey): unknown {
  const { items } = (node ?? {}) as { items?: unknown[] };
  if (typeof step === 'number') return items?.[step];
  return items?.find((item) => isPair(item) && isScalar(item.key) && item.key.value === step);
}

async function readAtMost(absolute: string, file: string): Promise<Buffer> {
  const handle = await openToRead(absolute, { name: quoted(file, 200), kind: 'mapping file' });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) {
      throw new Failure('file_unreadable', `the mapping ${quoted(file, 200)} is not a regular file`);
    }
    if (stat.size > largest) {
      throw new Failure(
        'mapping_invalid',
        `${file} has ${stat.size} bytes; a mapping has at most ${largest}`,
        {
          hint: 'is this really the mapping, not the customers?',
        },
      );
    }
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(largest), 0, largest, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function decode(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Failure('mapping_invalid', `${file} is not UTF-8`, { hint: 'save it as UTF-8', cause });
  }
}
