/** The health of one source's imports, from the ledger. Times are ISO 8601; ages are seconds. */
export interface SourceStatus {
  source: string;
  last_attempt: {
    at: string;
    file: string;
    outcome: 'done' | 'unchanged' | 'refused' | 'failed';
    code: string | null;
    exit_code: number;
  };
  last_success: { at: string; age_seconds: number; file: string; rows: number; failed: number } | null;
  /** Since when a run of the source is undone, until `runs resume`. */
  hold: { since: string; run_id: string } | null;
}

export interface Fault {
  severity: 'warning' | 'critical';
  message: string;
}

/** What is wrong with a source; empty if it is healthy. `maxAge` is in seconds. */
export function faultsOf(status: SourceStatus, { maxAge }: { maxAge: number }): Fault[] {
  const { source, last_attempt: attempt, last_success: success, hold } = status;
  const faults: Fault[] = [];
  if (success === null) {
    faults.push({ severity: 'critical', message: `${source}: no import has succeeded yet` });
  } else if (success.age_seconds > maxAge) {
    const age = formatAge(success.age_seconds);
    faults.push({ severity: 'critical', message: `${source}: the last success is ${age} old` });
  }
  if (attempt.outcome === 'refused' || attempt.outcome === 'failed') {
    const code = attempt.code ?? `exit code ${attempt.exit_code}`;
    faults.push({
      severity: 'critical',
      message: `${source}: the last import was ${attempt.outcome === 'failed' ? 'a failure' : 'refused'} (${code})`,
    });
  }
  if (hold !== null) {
    faults.push({
      severity: 'warning',
      message: `${source}: on hold since run ${hold.run_id.slice(0, 13)} was undone`,
    });
  }
  return faults;
}

/** `3 h`, `2 d 4 h`, `12 min`. */
export function formatAge(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h`;
  const rest = hours % 24;
  return `${Math.floor(hours / 24)} d${rest === 0 ? '' : ` ${rest} h`}`;
}
