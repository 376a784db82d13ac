import type { CustomerListing } from './customer.ts';

/** Where a text was found. */
export type MatchedField =
  | 'erp_customer_number'
  | 'name'
  | 'email'
  | 'contact_email'
  | 'contact_phone'
  | 'contact_name'
  | 'city'
  | 'street'
  | 'postal_code'
  /** The domain of an email of the customer or of a contact. */
  | 'email_domain';

export interface MatchedContact {
  email: string;
  name: string | null;
  phone: string | null;
}

export interface CustomerMatch extends CustomerListing {
  /** The field in which the text was found best. */
  match: MatchedField;
  /** The contact in whom it was found, null when that was in the customer itself. */
  matched_contact: MatchedContact | null;
}

export interface SearchResult {
  items: CustomerMatch[];
  /** How many customers fit. When `total_is_exact` is false there are more: they were not all counted. */
  total: number;
  total_is_exact: boolean;
}
