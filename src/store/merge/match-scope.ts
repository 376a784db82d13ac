import type { ImportShape } from './shape.ts';

/** What is matched, and what may come of it. */
export interface MatchScope {
  orgId: string;
  shape: ImportShape;
  anySuperseded: boolean;
  /** Rows without an ERP number. */
  unnumbered: number;
  /** Rows that would change a customer, or create one, are refused. */
  only: 'create' | 'update' | undefined;
  /** Creates a customer without a number although one of its name or email exists. */
  allowDuplicates: boolean;
  /** The source whose files leave what people have edited; undefined where the file wins. */
  keepEditsOf: string | undefined;
}
