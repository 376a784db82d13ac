import { advice } from '../../advice.ts';
import { Failure } from '../../errors.ts';
import type { Source } from '../../files/source.ts';
import type { ImportReport } from '../../model/import-report.ts';
import type { RejectedRow } from '../customer-file.ts';
import type { ChangesWriter } from './changes.ts';
import type { RejectsFiles } from './rejects-files.ts';

/** The files that a run writes; they get their names when it is committed, or at the end of a dry run. */
export function createRunFiles() {
  let rejects: RejectsFiles | undefined;
  const writers: ChangesWriter[] = [];

  return {
    /** Receives the changes of the run. */
    writers,
    takeRejects(files: RejectsFiles): void {
      rejects = files;
    },
    reject(source: Source, reject: RejectedRow): void {
      rejects?.add(source, reject);
    },
    /** Resolves once there is room for more rejected rows. */
    drained: async (): Promise<void> => rejects?.drained(),
    /** The path that the rejected rows of each file will have; null for one without. */
    completeRejects: async (): Promise<(string | null)[]> => (await rejects?.complete()) ?? [],
    async discard(): Promise<void> {
      await rejects?.discard();
      for (const writer of writers) await writer.discard();
    },
    /** A refused run has no changes. */
    async publish({ refused, committed }: { refused: boolean; committed: boolean }): Promise<void> {
      try {
        await rejects?.publish();
        for (const writer of writers) await (refused ? writer.discard() : writer.publish());
      } catch (error) {
        throw committed ? writtenAllTheSame(error) : error;
      }
    },
    /** If a run was committed after all, its rejected rows are nowhere else. */
    async keepRejects(failure: Failure, { rejects_file: file, failed }: ImportReport): Promise<Failure> {
      if (rejects === undefined || file === null) return failure;
      const kept = await rejects.publish().then(
        () => `the ${failed} rejected rows of this run are in ${file}`,
        (error: unknown) => (error as Failure).message,
      );
      const { code, message, hint, cause } = failure;
      return new Failure(code, message, {
        hint: hint === undefined ? kept : advice`${hint}; ${kept}`,
        cause,
      });
    },
  };
}

export type RunFiles = ReturnType<typeof createRunFiles>;

function writtenAllTheSame(error: unknown): Failure {
  const { message, hint } = error as Failure;
  return new Failure('unexpected', `the import was written, but ${message}`, { hint, cause: error });
}
