import type { Organization } from '../../model/organization.ts';
import type { ImportRequest } from '../import-request.ts';
import type { ChangesWriter } from '../outcome/changes.ts';
import { planHeader, requireBinding, requirePlanOf } from './plan-binding.ts';
import { createPlanCheck } from './plan-check.ts';
import { createPlanWriter } from './plan-file.ts';

/** Writes a plan, or compares the run with one; most runs do neither. */
export async function preparePlan(
  request: ImportRequest,
): Promise<{ writers(org: Organization): ChangesWriter[] }> {
  const { planTo, plan: given, createOrg } = request;
  if (planTo === undefined && given === undefined) return { writers: () => [] };
  const header = await planHeader(request, { now: request.now() });
  if (given !== undefined) requireBinding(given.plan.header, header, given);
  return {
    writers(org) {
      if (given !== undefined) requirePlanOf(given.plan.header, org);
      const named = { ...header, org: org.slug, org_id: createOrg ? null : org.id };
      return [
        ...(planTo === undefined ? [] : [createPlanWriter(planTo, () => named)]),
        ...(given === undefined ? [] : [createPlanCheck(given.plan)]),
      ];
    },
  };
}
