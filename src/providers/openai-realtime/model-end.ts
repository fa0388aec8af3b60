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

/** The announced end of `model`, if any. Rejects when the vendor cannot be asked. */
export async function modelEndOf(model: string, fetchModel: FetchModel): Promise<ModelEnd | null> {
  const { shutdown_date: shutdownDate } = modelObject.parse(await fetchModel(model));
  return shutdownDate ? { model, shutdownDate } : null;
}

/** Warns in `log` about the announced end of `model`. That it could not be asked stops nobody. */
export async function warnOfModelEnd(
  model: string,
  fetchModel: FetchModel,
  log: Log,
): Promise<ModelEnd | null> {
  try {
    const end = await modelEndOf(model, fetchModel);
    if (end !== null) log.warn('the configured model will be switched off', { ...end });
    return end;
  } catch (thrown) {
    // Whatever the network or the vendor did: there is nothing to do about it but to say so.
    log.debug('could not ask for the end of a model', { model, error: messageOf(thrown) });
    return null;
  }
}
