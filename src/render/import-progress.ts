import { formatCount } from './text/numbers.ts';

interface Progress {
  phase: 'reading' | 'merging';
  rows: number;
  failed: number;
  bytesRead: number;
  size: number | undefined;
}

/** `reading  200,000 rows  41,200/s  3 rejected  12 s left`, cut to the terminal. */
export function renderProgress(
  progress: Progress,
  { seconds, columns }: { seconds: number; columns: number | undefined },
): string {
  const { phase, rows, failed, bytesRead, size } = progress;
  const parts = [phase === 'reading' ? 'reading' : 'writing', `${formatCount(rows)} rows`];
  if (phase === 'reading') {
    parts.push(`${formatCount(Math.round(rows / Math.max(seconds, 0.001)))}/s`);
  }
  if (failed > 0) parts.push(`${formatCount(failed)} rejected`);
  if (phase === 'merging') parts.push(`${Math.round(seconds)} s so far`);
  else if (size !== undefined && bytesRead > 0 && bytesRead < size) {
    parts.push(`${Math.max(1, Math.round((seconds * (size - bytesRead)) / bytesRead))} s left to read`);
  }
  const line = parts.join('  ');
  return columns === undefined ? line : line.slice(0, Math.max(0, columns - 1));
}
