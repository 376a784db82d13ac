import { SaxesParser } from 'saxes';
import { Failure } from '../../errors.ts';
import { broken, tooLarge } from './package.ts';

/** Names come without their prefix: some writers put one before every element. */
export interface XmlHandler {
  open(name: string, attributes: Record<string, string>): void;
  close(name: string): void;
  text(text: string): void;
}

/** The most characters without a tag, so that one endless text or attribute cannot fill the memory. */
const tokenLimit = 8e6;
/** Far beyond every real workbook; each open element costs memory. */
const depthLimit = 100;

/**
 * Reads a part of a workbook, and yields between two chunks. XML that is not well-formed is refused, and so
 * is every document type: a workbook has none (ECMA-376 part 2, 6.1.4), so entities are never declared,
 * expanded or fetched.
 */
export async function* readXml(
  chunks: AsyncIterable<Buffer>,
  { file, part, handler }: { file: string; part: string; handler: XmlHandler },
): AsyncGenerator<void> {
  const parser = new SaxesParser({ xmlns: false, position: false });
  let depth = 0;
  let sinceToken = 0;
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => {
    throw broken(file, `${part} declares a document type`);
  });
  parser.on('opentag', ({ name, attributes }) => {
    sinceToken = 0;
    if (++depth > depthLimit) throw broken(file, `${part} is nested more than ${depthLimit} deep`);
    handler.open(localName(name), attributes);
  });
  parser.on('closetag', ({ name }) => {
    sinceToken = 0;
    depth--;
    handler.close(localName(name));
  });
  parser.on('text', (text) => handler.text(text));
  parser.on('cdata', (text) => handler.text(text));

  function write(text: string): void {
    sinceToken += text.length;
    try {
      parser.write(text);
    } catch (error) {
      throw error instanceof Failure ? error : broken(file, `${part}: ${(error as Error).message}`, error);
    }
    if (sinceToken > tokenLimit)
      throw tooLarge(`${file}: ${part} holds a text of more than ${tokenLimit / 1e6} MB`);
  }

  let decoder: InstanceType<typeof TextDecoder> | undefined;
  const decode = (bytes: Buffer | undefined): string => {
    try {
      return (decoder as InstanceType<typeof TextDecoder>).decode(bytes, { stream: bytes !== undefined });
    } catch (error) {
      throw broken(file, `${part} is not in its encoding`, error);
    }
  };
  for await (const chunk of chunks) {
    decoder ??= new TextDecoder(encodingOf(chunk), { fatal: true });
    write(decode(chunk));
    yield;
  }
  if (decoder === undefined) throw broken(file, `${part} is empty`);
  write(decode(undefined));
  try {
    parser.close();
  } catch (error) {
    throw broken(file, `${part}: ${(error as Error).message}`, error);
  }
}

/** As `readXml`, to the end. */
export async function readWholeXml(
  chunks: AsyncIterable<Buffer>,
  options: Parameters<typeof readXml>[1],
): Promise<void> {
  const reading = readXml(chunks, options);
  while ((await reading.next()).done !== true);
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}

/** Parts are UTF-8 or UTF-16 (ECMA-376 part 2, 6.1.4); the first byte of both belongs to a mark or is `<`. */
function encodingOf(head: Buffer): string {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0x3c && head[1] === 0)) return 'utf-16le';
  if ((head[0] === 0xfe && head[1] === 0xff) || (head[0] === 0 && head[1] === 0x3c)) return 'utf-16be';
  return 'utf-8';
}
