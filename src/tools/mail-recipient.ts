import { z } from 'zod';
import { GatewayError } from '../runtime/errors.ts';
import type { ToolContext } from './tool.ts';

/** Who a mail may go to. There is no way to name an address. */
export const recipient = z
  .enum(['operator', 'caller'])
  .describe('operator: the staff. caller: the address on file of a caller who is verified.');

export type Recipient = z.output<typeof recipient>;

/** The variable of a call that its announcement puts the caller's known address in. */
const addressVariable = 'email';

/** The address of `to`; throws where the caller is not verified or none is known. */
export function addressOf(
  to: Recipient,
  operatorAddress: string,
  { call, trust }: Pick<ToolContext, 'call' | 'trust'>,
): string {
  if (to === 'operator') return operatorAddress;
  if (trust !== 'verified') {
    const message = `mail goes to callers who are verified, this one is ${trust}`;
    throw new GatewayError('TRUST_TOO_LOW', message);
  }
  const address = z.email().max(254).safeParse(call.variables[addressVariable]);
  if (address.success) return address.data;
  throw new GatewayError('NOT_FOUND', 'no address is on file for this caller');
}
