import { z } from 'zod';
import type { Log } from '../../observe/observe.ts';
import { messageOf } from '../../runtime/errors.ts';

/** What `GET /v1/models/{model}` says that matters here. */
const modelObject = z.object({ id: z.string(), shutdown_date: z.string().nullish() });

/** Asks the vendor for one model: the parsed JSON of `GET {base}/v1/models/{model}`. */
export type FetchModel = (model: string) => Promise<unknown>;

/** A configured model that the vendor has announced to switch off, on `shutdownDate`. */
export interface ModelEnd {
  readonly model: string;
  readonly shutdownDate: string;
}

/**
 * The announced end of `model`, warned about in `log`; `null` if there is none. That the vendor
 * could not be asked stops nobody: it is a debug line.
 */
export async function warnOfModelEnd(
  model: string,
  fetchModel: FetchModel,
  log: Log,
): Promise<ModelEnd | null> {
  let shutdownDate: string | null | undefined;
  try {
    shutdownDate = modelObject.parse(await fetchModel(model)).shutdown_date;
  } catch (thrown) {
    // Whatever the network or the vendor did: there is nothing to do about it but to say so.
    log.debug('could not ask for the end of a model', { model, error: messageOf(thrown) });
    return null;
  }
  if (!shutdownDate) return null;
  log.warn('the configured model will be switched off', { model, shutdownDate });
  return { model, shutdownDate };
}
