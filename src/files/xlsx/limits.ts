/** The largest sheet that Excel allows ("Excel specifications and limits"); `cell` is in UTF-16 units. */
export const sheetLimits = { rows: 1_048_576, columns: 16_384, cell: 32_767 } as const;

/** A full sheet of 40 columns. Larger ones keep a run busy for minutes and are not lists of customers. */
export const partLimit = 4 * 2 ** 30;
