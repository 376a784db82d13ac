import { DatabaseError } from 'pg';
import { Failure } from '../../errors.ts';

/** The server's error codes to which the tool reacts (PostgreSQL documentation, appendix A). */
export const sqlstate = {
  protocolViolation: '08P01',
  featureNotSupported: '0A000',
  readOnlyTransaction: '25006',
  idleInTransactionTimeout: '25P03',
  transactionTimeout: '25P04',
  restrictViolation: '23001',
  foreignKeyViolation: '23503',
  uniqueViolation: '23505',
  exclusionViolation: '23P01',
  invalidAuthorization: '28000',
  invalidPassword: '28P01',
  unknownDatabase: '3D000',
  unknownSchema: '3F000',
  serializationFailure: '40001',
  deadlock: '40P01',
  insufficientPrivilege: '42501',
  undefinedColumn: '42703',
  undefinedTable: '42P01',
  diskFull: '53100',
  outOfMemory: '53200',
  tooManyConnections: '53300',
  lockNotAvailable: '55P03',
  queryCanceled: '57014',
  adminShutdown: '57P01',
  crashShutdown: '57P02',
  cannotConnectNow: '57P03',
  databaseDropped: '57P04',
  idleSessionTimeout: '57P05',
  undefinedFile: '58P01',
  /* Those that the tool's own migrations and functions raise. */
  constraintViolated: 'OF001',
  unfitDatabase: 'OF002',
  groupUnfit: 'OF004',
  unknownLogin: 'OF005',
} as const;

/**
 * The server's answer that `error` is, or that is the cause of a `Failure`; undefined if the server did not
 * answer.
 */
export function serverErrorOf(error: unknown): DatabaseError | undefined {
  const answer = error instanceof Failure ? error.cause : error;
  return answer instanceof DatabaseError ? answer : undefined;
}

export function sqlstateOf(error: unknown): string | undefined {
  return serverErrorOf(error)?.code;
}
