/** Why customers may be one: the same email or phone, of them or of contacts; the same name and postcode; zeros in a number. */
export type DuplicateReason = 'email' | 'phone' | 'name_and_postal_code' | 'number';

/** A customer of a group of probable duplicates; those of a group follow each other. */
export interface DuplicateMember {
  /** Counts from 1. */
  group: number;
  /** `DuplicateReason`s, separated by commas: all that hold for exactly these customers. */
  reasons: string;
  /** How many customers are in the group; of large groups not all are listed. */
  group_size: number;
  id: string;
  erp_customer_number: string | null;
  name: string;
  email: string | null;
  city: string | null;
  postal_code: string | null;
  is_active: boolean;
  contact_count: number;
  updated_at: string;
}
