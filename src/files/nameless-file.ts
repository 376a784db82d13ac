import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/**
 * A temporary file that only this account can read and that has no name any more, so that it is gone with the
 * process, whatever ends that. Throws the system's own error.
 */
export async function openNamelessFile(): Promise<FileHandle> {
  const place = path.join(os.tmpdir(), `orderflow-customers-${randomBytes(8).toString('hex')}`);
  const file = await open(place, 'wx+', 0o600);
  await rm(place);
  return file;
}
