import { GatewayError } from '../runtime/errors.ts';
import { type Config, type ConfiguredProvider, providerName, providerNames } from './schema.ts';

/** What may say who answers, the strongest first; unset or `null`: it does not say. */
export interface ProviderChoice {
  readonly call?: string | null | undefined;
  readonly persona?: string | null | undefined;
  readonly config: Pick<Config, 'default_provider'>;
}

/**
 * Call over persona over `default_provider` (in which flag, environment and files are merged
 * already). Throws `PROVIDER_UNKNOWN` for a name that there is not: nobody else answers in its
 * place.
 */
export function resolveProvider({ call, persona, config }: ProviderChoice): ConfiguredProvider {
  const name = call ?? persona ?? config.default_provider;
  const parsed = providerName.safeParse(name);
  if (parsed.success) return parsed.data;
  const choices = providerNames.join(', ');
  const message = `there is no provider "${name}": choose one of ${choices}`;
  throw new GatewayError('PROVIDER_UNKNOWN', message, { provider: name, choices });
}
