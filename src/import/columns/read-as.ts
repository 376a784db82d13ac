import type { Mapping } from './mapping.ts';

/** The options to read the file with: the command line overrides the mapping. */
export function readAs<Options extends { delimiter?: string | undefined; encoding?: string | undefined }>(
  options: Options & { mapping?: Mapping | undefined },
): Options {
  const { mapping } = options;
  if (mapping === undefined) return options;
  return {
    ...options,
    delimiter: options.delimiter ?? mapping.delimiter,
    encoding: options.encoding ?? mapping.encoding,
  };
}
