import { exportColumn } from '../files/csv/own-columns.ts';
import { listedMessages } from '../model/import-report.ts';
import type { Source } from '../files/source.ts';
import type { Organization } from '../model/organization.ts';
import type { Database } from '../store/connection/database.ts';
import type { MergeOutcome } from '../store/merge/merge.ts';
import { mergeStaged } from '../store/merge/merge.ts';
import { notePlanned } from '../store/merge/planned.ts';
import { listSuperseded } from '../store/merge/repeats.ts';
import { hasKnownIds } from '../store/merge/resolve.ts';
import type { ImportShape } from '../store/merge/shape.ts';
import type { SourceInput } from '../store/sources/membership.ts';
import type { RejectedRow, Tally } from './customer-file.ts';
import type { CustomerFiles } from './customer-files.ts';
import { shapeOf } from './file-shape.ts';
import type { ImportRequest } from './import-request.ts';
import { requireContacts } from './night/require-rows.ts';
import type { Messages } from './outcome/messages.ts';
import { rejectRefused } from './outcome/refused-rows.ts';

/** What is staged, and where its rejected rows and messages go. */
interface Staged {
  org: Organization;
  files: CustomerFiles;
  request: ImportRequest;
  /** ERP numbers that may occur more than once in the files. */
  repeatCandidates: number;
  messages: Messages;
  onReject: (source: Source, reject: RejectedRow) => void;
  drained: () => Promise<void>;
}

/**
 * Merges what is staged, rejects the rows that only the database could refuse, and collects the messages
 * about the others.
 */
export async function mergeFiles(database: Database, staged: Staged): Promise<MergeOutcome> {
  const { org, files, request, repeatCandidates, messages, onReject, drained } = staged;
  const shape = await shapeFor(database, staged);
  const removeContacts = request.night?.missingContacts === 'remove';
  if (removeContacts) requireContacts(shape, request);
  if (request.plan !== undefined) await notePlanned(database, request.plan.plan.changes());
  const tally = files.tally();
  const outcome = await mergeStaged(database, {
    orgId: org.id,
    shape,
    repeatCandidates,
    otherForms: shape.parts || files.all.some((file) => file.hasOtherForms()),
    ...tally,
    only: request.only,
    allowDuplicates: request.allowDuplicates,
    source: sourceOf(request, tally),
    removeContacts,
    planned: request.plan !== undefined,
    ...(files.all.length > 1 ? { rowName: (row, line) => lineName(files, { row, line }) } : {}),
  });
  if (outcome.refused.rows > 0) {
    files.countRefused(outcome.refused);
    await rejectRefused({ database, orgId: org.id, files, request, onReject, drained });
    messages.sortErrors();
  }
  messages.addWithheldWarning({ ...tally, ...outcome.source, contacts: removeContacts });
  messages.addOverwrittenEdits(outcome.edits);
  for (const file of files.all) messages.addLanguageWarning(file);
  const repeated = await findRepeated(database, { files, shape, outcome });
  const warned = { ...outcome, superseded: repeated.total };
  await messages.addMergeWarnings(warned, async () => repeated.rows, tally);
  return outcome;
}

async function shapeFor(database: Database, { org, files, request }: Staged): Promise<ImportShape> {
  const shape = shapeOf(files.columns, {
    ...request,
    activeSaid: files.tally().activeSaid,
    keepEdits: request.night?.edits === 'keep',
  });
  // An export of another org has ids that are unknown here: unless ids were requested, its numbers decide.
  const asked = request.match ?? request.mapping?.match;
  if (asked === undefined && shape.match === 'id' && !(await hasKnownIds(database, org.id))) {
    shape.match = 'erp_customer_number';
  }
  return shape;
}

/** An unreadable number may belong to any customer that seems to be missing. */
function sourceOf({ night }: ImportRequest, { unreadable }: Tally): SourceInput | undefined {
  if (night === undefined) return undefined;
  return { name: night.source, snapshot: night.snapshot, withheld: unreadable > 0 };
}

function lineName(files: CustomerFiles, { row, line }: { row: number; line: number }): string {
  return `line ${line} of ${files.placeOf(row).file}`;
}

/** An export has a row for each contact: a customer that repeats unchanged needs no message. */
async function findRepeated(
  database: Database,
  { files, shape, outcome }: { files: CustomerFiles; shape: ImportShape; outcome: MergeOutcome },
): ReturnType<typeof listSuperseded> {
  if (outcome.superseded === 0) return { rows: [], total: 0 };
  return await listSuperseded(database, {
    limit: listedMessages,
    contradicting: files.all.every(({ columns }) => columns.header.includes(exportColumn)),
    keyed: shape.match !== 'erp_customer_number',
    parts: shape.parts,
  });
}
