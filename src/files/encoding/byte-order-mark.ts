/**
 * U+FEFF, and how its three bytes in UTF-8 (EF BB BF) look after decoding as something else: Windows-1252 and
 * Latin-1, code page 437, 850, Mac Roman, Windows-1251.
 */
const marks = ['\ufeff', 'ï»¿', '∩╗┐', '´╗┐', 'Ôªø', 'п»ї'];
/** The smallest of their first characters: for most lines, comparing with it is enough. */
const least = 0xb4;

/**
 * The length of the byte order marks at `position`, where a line begins: concatenated files have them within
 * the text, and some programs write two. Before the first name of a header, a mark would hide the column.
 */
export function byteOrderMarksAt(text: string, position: number): number {
  let end = position;
  while (text.charCodeAt(end) >= least) {
    const mark = marks.find((each) => text.startsWith(each, end));
    if (mark === undefined) break;
    end += mark.length;
  }
  return end - position;
}
