/** Finds a string in a text repeatedly, mostly from left to right, without examining any part twice. */
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
    /** Switches to another text. */
    forget(): void {
      found = undefined;
    },
  };
}
