import { createHash } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip, createGzip } from 'node:zlib';
import * as z from 'zod';
import { Failure } from '../../errors.ts';
import { openToRead } from '../../files/open-to-read.ts';
import { createUnfinishedFile } from '../../files/unfinished-file.ts';
import type { ChangedCustomer } from '../../model/change-log.ts';
import type { ChangesWriter } from '../outcome/changes.ts';
import { changeDocument } from '../outcome/changes.ts';

/*
 * A plan is a gzip file of JSON lines: what it is bound to, a line for each change, and the checksum of
 * everything before it.
 */

const headerShape = z.strictObject({
  plan: z.literal(1),
  /** ISO 8601. */
  created_at: z.string(),
  file: z.string(),
  /** Of the file's bytes, unpacked. */
  file_sha256: z.string(),
  /** Slug. */
  org: z.string(),
  /** Null if the import was to create the organization. */
  org_id: z.string().nullable(),
  /** The flags that decide what the import does, each as text. */
  flags: z.record(z.string(), z.string()),
  tool_version: z.string(),
});
export type PlanHeader = z.infer<typeof headerShape>;

/** A complete plan; its changes are read from the file each time. */
export interface Plan {
  header: PlanHeader;
  total: number;
  changes(): AsyncGenerator<ChangedCustomer>;
}

/** Writes a plan that only the user can read. `header` is called with the first change, or at the end. */
export function createPlanWriter(target: string, header: () => PlanHeader): ChangesWriter {
  const file = createUnfinishedFile(target, { mode: 0o600 });
  const gzip = createGzip();
  const hash = createHash('sha256');
  let total = 0;
  let pending = '';
  let begun = false;
  const passingOn = (async () => {
    for await (const chunk of gzip) await file.write(chunk as Buffer);
  })();
  // Awaited below; marked as handled until then.
  passingOn.catch(() => {});

  function push(document: unknown): void {
    const line = `${JSON.stringify(document)}\n`;
    hash.update(line);
    pending += line;
  }

  async function flush(): Promise<void> {
    const text = pending;
    pending = '';
    if (!gzip.write(text)) await Promise.race([once(gzip, 'drain').catch(() => {}), passingOn]);
  }

  async function attempt(work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) => {
      throw new Failure('file_unwritable', `cannot write the plan ${target}: ${(error as Error).message}`, {
        hint: 'name another place with --plan-to FILE',
        cause: error,
      });
    });
  }

  function begin(): void {
    if (!begun) push(header());
    begun = true;
  }

  return {
    async add(change) {
      begin();
      push(changeDocument(change));
      total++;
      if (pending.length > 1 << 16) await attempt(flush);
    },
    complete: () =>
      attempt(async () => {
        await file.open();
        begin();
        pending += `${JSON.stringify({ changes: total, sha256: hash.digest('hex') })}\n`;
        await flush();
        gzip.end();
        await passingOn;
        await file.complete();
      }),
    publish: () => attempt(() => file.publish()),
    async discard() {
      gzip.destroy();
      await passingOn.catch(() => {});
      await file.discard();
    },
  };
}

/** Reads all of a plan once, so that damage is found before anything is done. Throws `plan_invalid`. */
export async function openPlan(name: string, { cwd }: { cwd: string }): Promise<Plan> {
  const absolute = path.resolve(cwd, name);
  const hash = createHash('sha256');
  let header: PlanHeader | undefined;
  let total = -1;
  let checked = false;
  for await (const line of linesOf(absolute, name)) {
    if (checked) throw invalid(name);
    const document = parsed(line, name);
    if (header === undefined) {
      const shaped = headerShape.safeParse(document);
      if (!shaped.success) throw invalid(name, shaped.error);
      header = shaped.data;
    } else if (typeof document === 'object' && document !== null && 'sha256' in document) {
      checked = document.sha256 === hash.digest('hex');
      if (!checked) throw invalid(name);
      continue;
    }
    hash.update(`${line}\n`);
    total++;
  }
  if (header === undefined || !checked) throw invalid(name);
  return {
    header,
    total,
    async *changes() {
      let first = true;
      for await (const line of linesOf(absolute, name)) {
        const document = parsed(line, name);
        // The checksum has shown that a run wrote this.
        if (!first && !('sha256' in (document as object))) yield document as ChangedCustomer;
        first = false;
      }
    },
  };
}

async function* linesOf(absolute: string, name: string): AsyncGenerator<string> {
  const handle = await openToRead(absolute, { name, kind: 'plan' });
  const gunzip = createGunzip();
  const stream = handle.createReadStream();
  stream.on('error', (error) => gunzip.destroy(error));
  const lines = createInterface({ input: stream.pipe(gunzip), crlfDelay: Infinity });
  const failed = once(gunzip, 'error').then(([error]) => {
    throw error as Error;
  });
  failed.catch(() => {});
  const reading = lines[Symbol.asyncIterator]();
  try {
    while (true) {
      const next = await Promise.race([reading.next(), failed]);
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    throw error instanceof Failure ? error : invalid(name, error);
  } finally {
    lines.close();
    stream.destroy();
    gunzip.destroy();
  }
}

function parsed(line: string, name: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw invalid(name, error);
  }
}

function invalid(name: string, cause?: unknown): Failure {
  return new Failure('plan_invalid', `${name} is not a plan, or incomplete`, {
    hint: 'make it again with import --plan-to FILE',
    cause,
  });
}
