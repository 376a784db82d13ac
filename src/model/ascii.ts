const ascii = /^[\x00-\x7f]*$/;

/** Whether a text has only ASCII, the control characters included. */
export const isAscii = (text: string): boolean => ascii.test(text);
