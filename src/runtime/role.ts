/**
 * What somebody may do by the API, lowest first. `EMPLOYEE` talks to agents, `MANAGER` runs the
 * calls of one organisation, `SYSTEM_ADMIN` has its keys and sees the gateway as a whole.
 */
export const roles = ['EMPLOYEE', 'MANAGER', 'SYSTEM_ADMIN'] as const;

export type Role = (typeof roles)[number];

/** Whether `role` may do what `minRole` may. */
export function hasRole(role: Role, minRole: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(minRole);
}
