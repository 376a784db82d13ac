/** One of the contacts in a cell: an email, a name, or both. */
export interface CellContact {
  email: string;
  name: string;
}

const email = /[^\s<>()[\]"',;:]+@[^\s<>()[\]"',;:]+/g;

/**
 * The contacts in a cell such as `Anna (a@x.example); Uwe <u@x.example>`, or addresses on separate lines. A
 * part with two addresses and other text between them is returned whole, as an email that every rule refuses.
 */
export function contactsOf(cell: string): CellContact[] {
  return cell
    .split(/[;\n\r|]+/)
    .flatMap(partsOf)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(contactOf);
}

/**
 * A comma may be within a name, `Huber, Anna <a@x.example>`: it separates only if each side has an address.
 */
function partsOf(text: string): string[] {
  if (countEmails(text) < 2) return [text];
  const parts: string[] = [];
  let held = '';
  for (const piece of text.split(',')) {
    const joined = held === '' ? piece : `${held},${piece}`;
    if (countEmails(joined) === 0) {
      held = joined;
      continue;
    }
    parts.push(joined);
    held = '';
  }
  if (held.trim() !== '') parts.push(held);
  // Addresses with only spaces between them.
  return parts.flatMap((part) => (/^\s*(?:\S+@\S+\s*){2,}$/.test(part) ? part.trim().split(/\s+/) : [part]));
}

function contactOf(part: string): CellContact {
  const emails = part.match(email) ?? [];
  const [only] = emails;
  if (only === undefined) return { email: part.includes('@') ? part : '', name: part };
  if (emails.length > 1) return { email: part, name: '' };
  return { email: only, name: cleanName(part.replace(/mailto:/i, '').replace(only, '')) };
}

/** Without the surrounding brackets, quotes and dashes. */
function cleanName(text: string): string {
  return text
    .replaceAll(/[<(["]\s*[>)\]"]/g, ' ')
    .replaceAll(/^[\s"'\-–:,/]+|[\s"'\-–:,/]+$/g, '')
    .replaceAll(/\s+/g, ' ');
}

function countEmails(text: string): number {
  return (text.match(email) ?? []).length;
}
