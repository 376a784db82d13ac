import { domainToASCII, domainToUnicode } from 'node:url';

/**
 * What two emails are compared by: in lower case, the domain as it is in mail's own protocols, so that `info@müller.de` and
 * `info@xn--mller-kva.de` are one address. Not how an email is stored: that stays as it was given.
 */
export function emailKey(email: string): string {
  const lower = email.trim().normalize('NFC').toLowerCase();
  // Nearly all.
  if (/^[\x00-\x7f]*$/.test(lower)) return lower;
  return withDomain(lower, domainToASCII);
}

/** Each way in which the same address may be stored, in lower case: as given, and with its domain written otherwise. */
export function emailForms(email: string): string[] {
  const lower = email.trim().normalize('NFC').toLowerCase();
  const key = emailKey(lower);
  return [...new Set([lower, key, key.includes('xn--') ? withDomain(key, domainToUnicode) : key])];
}

/** The same for a domain, or a text that may be one. */
export function domainForms(domain: string): string[] {
  return emailForms(`@${domain}`).map((form) => form.slice(1));
}

export function isSameEmail(one: string, other: string): boolean {
  return one === other || emailKey(one) === emailKey(other);
}

/** Both of Node's functions return '' for what is no domain. */
function withDomain(email: string, convert: (domain: string) => string): string {
  const at = email.lastIndexOf('@') + 1;
  return email.slice(0, at) + (convert(email.slice(at)) || email.slice(at));
}

/** The email of `Anna <a@b.de>`, `[mailto:a@b.de]` or `mailto:a@b.de?subject=x`; else the text as it is. */
export function pastedEmail(text: string): string {
  const inside =
    /<\s*(?:mailto:)?([^<>\s@]+@[^<>\s@?]+)[^<>]*>/i.exec(text) ??
    /(?:^|[\s([<"'])(?:mailto|e-?mail):\s*([^\s@()[\]<>"',;]+@[^\s@()[\]<>"',;?]+)/i.exec(text);
  return (inside?.[1] ?? text).trim();
}
