/** The columns that a rejects file adds after the input's own. */
export const rejectColumns = ['_row', '_line', '_column', '_code', '_error'] as const;

/**
 * The first column of an export: the customer's id, which identifies the customer when the file is imported.
 * It also marks the file as an export: the tool itself put the apostrophe before a formula, and the character
 * after this name is the delimiter.
 */
export const exportColumn = '_orderflow_id';
