/** The columns that a rejects file has behind the input's own. */
export const rejectColumns = ['_row', '_line', '_column', '_code', '_error'] as const;

/**
 * The column that an export begins with, the customer's id, which finds the customer when the file is imported. It also
 * shows that the file is an export: an apostrophe before a formula was put there by us, and what follows this name is the
 * delimiter.
 */
export const exportColumn = '_orderflow_id';
