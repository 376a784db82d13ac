/**
 * Why customers may be duplicates: the same email or phone, their own or a contact's; the same name and
 * postcode; leading zeros in a number.
 */
export type DuplicateReason = 'email' | 'phone' | 'name_and_postal_code' | 'number';

/** A customer of a group of probable duplicates; those of a group follow each other. */
export interface DuplicateMember {
  /** Counts from 1. */
  group: number;
  /** `DuplicateReason`s, separated by commas: all that apply to exactly these customers. */
  reasons: string;
  /** How many customers are in the group; large groups are not listed in full. */
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
