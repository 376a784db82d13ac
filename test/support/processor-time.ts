import process from 'node:process';

/** Milliseconds of processor time that this process has taken so far: unlike the clock, other processes do not count. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
