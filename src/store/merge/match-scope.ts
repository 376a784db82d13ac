import type { ImportShape } from './shape.ts';

/** What is matched, and which results are allowed. */
export interface MatchScope {
  orgId: string;
  shape: ImportShape;
  anySuperseded: boolean;
  /** Rows without an ERP number. */
  unnumbered: number;
  /** Rows that would change a customer, or create one, are refused. */
  only: 'create' | 'update' | undefined;
  /** Creates a customer without a number although one with its name or email exists. */
  allowDuplicates: boolean;
  /** The source whose files keep what people have edited; undefined if the file wins. */
  keepEditsOf: string | undefined;
}
