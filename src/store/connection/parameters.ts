/** libpq's keywords with their values, wherever they were written: `host`, `port`, `dbname`, `sslmode` … */
export type ConnectionParameters = Record<string, string>;
