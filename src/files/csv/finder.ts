/** Finds a string in a text again and again, mostly from left to right, looking at no stretch twice. */
export function createFinder(sought: string) {
  let from = 0;
  let found: number | undefined;
  return {
    next(text: string, start: number): number {
      if (found === undefined || start < from || (found >= 0 && found < start)) {
        from = start;
        found = text.indexOf(sought, start);
      }
      return found;
    },
    /** Tells that the text is another one. */
    forget(): void {
      found = undefined;
    },
  };
}
