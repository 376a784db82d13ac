import { languageOfCountries } from '../../model/language.ts';
import { problem } from '../../model/problem.ts';
import type { Finding } from '../finding.ts';

/**
 * Checks whether all cells of a language column are codes of countries: `CH` is Chamorro as a language, and
 * Switzerland in a column with `AT` and `DE`.
 */
export function createLanguageWatch() {
  const seen = new Set<string>();
  let countriesOnly = true;
  let last = '';

  return {
    look(cell: string): void {
      if (!countriesOnly || cell === last) return;
      last = cell;
      const text = cell.trim().toUpperCase();
      if (text === '' || seen.has(text)) return;
      // There are three hundred codes of two letters and as many of three.
      if (/^[A-Z]{2,3}$/.test(text)) seen.add(text);
      else countriesOnly = false;
      if (seen.size > 600) countriesOnly = false;
    },

    doubt(column: string): Finding | undefined {
      const found = countriesOnly ? languageOfCountries([...seen]) : undefined;
      if (found === undefined) return undefined;
      const { code, language, meant } = found;
      return {
        column,
        value: code,
        problem: problem(
          'countries_as_languages',
          `every value is also the code of a country, and "${code}" as a language is ${language}`,
          `if the column has countries, give ${code} the value ${meant} in a mapping`,
        ),
      };
    },
  };
}
