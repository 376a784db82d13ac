/**
 * U+FEFF, and what a program made of its three bytes in UTF-8 (EF BB BF) that took them for text: Windows-1252 and
 * Latin-1, code page 437, 850, Mac Roman, Windows-1251.
 */
const marks = ['\ufeff', 'ï»¿', '∩╗┐', '´╗┐', 'Ôªø', 'п»ї'];
/** The least of their first characters: most lines are done with by looking at this. */
const least = 0xb4;

/**
 * How many characters the byte order marks take that stand at `position`, where a line begins: files that were joined have them
 * amid the text, and some programs write two. In front of the first name of a header a mark would hide the column.
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
