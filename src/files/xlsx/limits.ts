/** What a sheet of Excel holds at most ("Excel specifications and limits"); `cell` is in UTF-16 units. */
export const sheetLimits = { rows: 1_048_576, columns: 16_384, cell: 32_767 } as const;

/** A full sheet of 40 columns; what is larger keeps a run busy for minutes and is no list of customers. */
export const partLimit = 4 * 2 ** 30;
