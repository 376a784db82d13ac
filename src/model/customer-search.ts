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
  /** The field that matches best. */
  match: MatchedField;
  /** The contact that matches; null if the customer itself does. */
  matched_contact: MatchedContact | null;
}

export interface SearchResult {
  items: CustomerMatch[];
  /** How many customers match. If `total_is_exact` is false there are more: they were not all counted. */
  total: number;
  total_is_exact: boolean;
}
