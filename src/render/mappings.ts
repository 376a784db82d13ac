import type { ListingLayout } from './text/listing.ts';

export const mappingListing: ListingLayout<{ name: string; reads: string }> = {
  names: ['name', 'reads'],
  table: () => ({
    columns: [
      { title: 'NAME', value: ({ name }) => name },
      { title: 'READS', value: ({ reads }) => reads, shrinksTo: 20 },
    ],
  }),
};
