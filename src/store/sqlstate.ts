import { Failure } from '../errors.ts';

/** What the driver or the server said, in the tool's words (SQLSTATE: PostgreSQL appendix A). */
export function failureOf(error: unknown, server: string): Failure {
  if (error instanceof Failure) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new Failure('unexpected', `${server}: ${message}`, { cause: error });
}
