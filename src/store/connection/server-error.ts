import { DatabaseError } from 'pg';
import { sqlstate } from './sqlstate.ts';
import { advice, tool } from '../../advice.ts';
import { Failure } from '../../errors.ts';
import type { Explanation } from './network-error.ts';
import { lost, explainNetworkError } from './network-error.ts';
import { explainPoolerError } from './pooler-error.ts';

/**
 * A message of the driver or the server in the tool's words (SQLSTATE: PostgreSQL appendix A; otherwise
 * Node's error codes). `server` is the target as `describeTarget` names it. The original is kept as `cause`;
 * only the server's one-line message is shown, never its detail, which quotes rows.
 */
export function failureOf(error: unknown, server: string): Failure {
  if (error instanceof Failure) return error;
  const explanation = explain(error);
  return new Failure(explanation.code, `${server}: ${explanation.message}`, {
    hint: explanation.hint,
    cause: error,
  });
}

function explain(error: unknown): Explanation {
  if (error instanceof DatabaseError && error.code !== undefined) return ofServer(error, error.code);
  return explainNetworkError(error);
}

function ofServer(error: DatabaseError, state: string): Explanation {
  const known = states[state] ?? states[state.slice(0, 2)];
  const explanation = typeof known === 'function' ? known(error) : known;
  return (
    explanation ?? {
      code: 'unexpected',
      message: `the server answered: ${error.message} (SQLSTATE ${state})`,
      hint: 'run it again with --debug to see where it happened',
    }
  );
}

/** 57P03 gives the reason in words only, which lc_messages may translate: then the last line has to do. */
const unavailable: [RegExp, message: string, hint: string][] = [
  [/hot standby/i, 'the server is a standby that accepts no sessions', 'connect to the primary server'],
  [/starting up/, 'the server is starting up', 'try again in a minute'],
  [/shutting down/, 'the server is shutting down', 'try again when it is back'],
  [
    /recovery|accepting connections/,
    'the server is recovering',
    'try again in a minute; its log shows the progress',
  ],
  [/./, 'the server is starting up, shutting down or recovering', 'try again in a minute'],
];
const missingSchema: Explanation = {
  code: 'schema_missing',
  message: 'the tables do not exist',
  hint: advice`${tool('migrate')} makes them`,
};
const referredTo: Explanation = {
  code: 'conflict',
  message: 'another row still refers to this one, or the row it refers to no longer exists',
  hint: 'look at it again: another user may have changed it in the meantime',
};
const collided: Explanation = {
  code: 'locked',
  message: 'this run and another writer blocked each other; nothing was written',
  hint: 'run it again',
};

const standbyConflict: Explanation = {
  code: 'database_timeout',
  message: 'the standby cancelled the statement to apply changes of its primary',
  hint: 'run it again; for long reads set max_standby_streaming_delay there, or name the primary with --database',
};

/** By SQLSTATE, otherwise by its class (the first two characters). */
const states: Record<string, Explanation | ((error: DatabaseError) => Explanation)> = {
  '08': lost,
  [sqlstate.protocolViolation]: ({ message }) => explainPoolerError(message) ?? lost,
  '22': (error) => refusedValue(error),
  '23': (error) => refusedValue(error),
  [sqlstate.restrictViolation]: referredTo,
  [sqlstate.foreignKeyViolation]: referredTo,
  [sqlstate.uniqueViolation]: (error) => taken(error.constraint ?? ''),
  [sqlstate.exclusionViolation]: (error) => taken(error.constraint ?? ''),
  [sqlstate.readOnlyTransaction]: {
    code: 'database_read_only',
    message: 'the server accepts no writes: it is a standby, or the database is read-only',
    hint: advice`connect to the primary server; if this is the one, ${tool('doctor')} shows what makes it read-only`,
  },
  [sqlstate.idleInTransactionTimeout]: lost,
  [sqlstate.transactionTimeout]: timedOut('the transaction took longer than transaction_timeout allows'),
  [sqlstate.invalidAuthorization]: (error) => keptOut(error),
  [sqlstate.invalidPassword]: {
    code: 'database_refused',
    message: 'wrong password, or unknown user',
    hint: 'check the password in the URL, PGPASSWORD, or ~/.pgpass (the file that PGPASSFILE names, if it is set)',
  },
  [sqlstate.unknownDatabase]: {
    code: 'database_refused',
    message: 'this database does not exist on the server',
    hint: 'check its name, or create it with createdb',
  },
  [sqlstate.unknownSchema]: missingSchema,
  // See access_orgs: what was read in one state of the database must not outlive the role that it was read
  // with.
  [sqlstate.serializationFailure]: ({ table, message, routine }) => {
    if (/^ProcessInterrupts$|RecoveryConflict/.test(routine ?? '')) return standbyConflict;
    return table === 'org_access' ? { code: 'locked', message, hint: 'run it again' } : collided;
  },
  [sqlstate.deadlock]: collided,
  [sqlstate.insufficientPrivilege]: (error) => ({
    code: 'not_permitted',
    message: error.message,
    hint:
      error.routine === 'CheckMyDatabase'
        ? 'ask the owner of the database: grant connect on database … to …'
        : advice`${tool('doctor')} shows what is missing and whom to ask; or connect as another user`,
  }),
  [sqlstate.undefinedColumn]: {
    code: 'schema_outdated',
    message: 'a table does not have a column that this version needs',
    hint: advice`${tool('migrate')} brings the schema up to date`,
  },
  [sqlstate.undefinedTable]: missingSchema,
  [sqlstate.diskFull]: {
    code: 'database_full',
    message: 'the server’s disk is full; nothing was written',
    hint: 'free some space on the server, then run it again',
  },
  [sqlstate.outOfMemory]: {
    code: 'database_refused',
    message: 'the server ran out of memory; nothing was written',
    hint: 'try again when it has less to do',
  },
  [sqlstate.tooManyConnections]: (error) => full(error),
  [sqlstate.lockNotAvailable]: {
    code: 'locked',
    message: 'another session held a lock for too long; nothing was written',
    hint: 'run it again when that session is done',
  },
  [sqlstate.queryCanceled]: (error) =>
    // lc_messages may translate the message; then it counts as a time-out, which it mostly is.
    /user request/.test(error.message)
      ? {
          code: 'interrupted',
          message: 'the statement was cancelled; nothing was written',
          hint: 'run it again',
        }
      : timedOut('a statement took longer than statement_timeout allows; nothing was written'),
  [sqlstate.adminShutdown]: lost,
  [sqlstate.crashShutdown]: lost,
  [sqlstate.cannotConnectNow]: ({ message: said }) => {
    const [, message, hint] = unavailable.find(([words]) => words.test(said)) ?? [/./, said, 'try again'];
    return { code: 'database_unreachable', message, hint };
  },
  [sqlstate.databaseDropped]: lost,
  [sqlstate.idleSessionTimeout]: lost,
};

/**
 * Why the server refused a login. The name of the server's routine that reported it is the same in every
 * language; where words distinguish several cases of one routine, only English ones are recognised.
 */
function keptOut({ message, routine }: DatabaseError): Explanation {
  const code = 'database_refused';
  if (/client certificate/.test(message)) {
    return {
      code,
      message: 'the server requires a valid client certificate',
      hint: 'name one in sslcert, and its key in sslkey',
    };
  }
  if (routine === 'ClientAuthentication') {
    return {
      code,
      message: `pg_hba.conf on the server does not allow this connection: ${message}`,
      hint: /no encryption/.test(message)
        ? 'it may require encryption (sslmode=require); otherwise ask for an entry for this user, database and address'
        : 'ask its administrator for a line for this user, database and address',
    };
  }
  const hint = /not permitted to log in/.test(message)
    ? 'connect as another user, or ask an administrator: alter role … login'
    : 'check the user in the connection; createuser makes one';
  return { code, message: `the server refuses this user: ${message}`, hint };
}

function full({ message, routine }: DatabaseError): Explanation {
  const code = 'database_refused';
  if (/connections for role/.test(message)) {
    return {
      code,
      message: 'this user has reached its connection limit',
      hint: 'end one of them, or ask an administrator: alter role … connection limit …',
    };
  }
  if (routine === 'CheckMyDatabase') {
    return {
      code,
      message: 'the database has reached its connection limit',
      hint: 'try again when others have left, or ask its owner: alter database … connection limit …',
    };
  }
  return {
    code,
    message: 'the server accepts no more connections: all are in use',
    hint: 'try again when others have left, or raise max_connections, or put a pooler in front',
  };
}

function timedOut(message: string): Explanation {
  return {
    code: 'database_timeout',
    message,
    hint: 'give it more time there, or try again when the server has less to do',
  };
}

/** What is already in use, by the violated constraint; which row has it must not be revealed. */
function taken(constraint: string): Explanation {
  const meanings: [RegExp, string][] = [
    [/erp/, 'another customer of the organization already has this ERP number'],
    [/primary/, 'this customer already has a primary contact'],
    [/contact.*email|email.*contact/, 'this customer already has a contact with this email'],
    [/slug/, 'an organization with this slug already exists'],
  ];
  const meaning = meanings.find(([name]) => name.test(constraint))?.[1];
  return {
    code: 'conflict',
    message: meaning ?? `a row like this already exists (${constraint})`,
    hint: 'look at the existing one, or choose another value',
  };
}

function refusedValue(error: DatabaseError): Explanation {
  const where = [error.table, error.column ?? error.constraint]
    .filter((part) => part !== undefined)
    .join(', ');
  return {
    code: 'invalid_value',
    message: `the database does not accept a value${where === '' ? '' : ` (${where})`}; nothing was written`,
    hint: 'run it again with --debug to see the server’s message',
  };
}
