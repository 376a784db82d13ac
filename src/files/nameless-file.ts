import { randomBytes } from 'node:crypto';
import { openSync, rmSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const newPlace = () => path.join(os.tmpdir(), `orderflow-customers-${randomBytes(8).toString('hex')}`);
const onlyNew = 'wx+';
const onlyOwner = 0o600;

/**
 * A temporary file that only this account can read. Its name is already deleted, so the file disappears with
 * the process, however that ends. Throws the system's own error.
 */
export async function openNamelessFile(): Promise<FileHandle> {
  const place = newPlace();
  const file = await open(place, onlyNew, onlyOwner);
  await rm(place);
  return file;
}

/** The same as a bare descriptor: a `FileHandle` closes its descriptor when it is garbage-collected. */
export function openNamelessDescriptor(): number {
  const place = newPlace();
  const descriptor = openSync(place, onlyNew, onlyOwner);
  rmSync(place);
  return descriptor;
}
