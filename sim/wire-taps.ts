import type { Provider } from '../src/providers/provider.ts';
import type { PromptName } from '../src/session/state.ts';
import type { JournalEntry } from '../src/store/store.ts';
import type { CallObserver } from './observer.ts';
import type { WireTaps } from './wire-world.ts';

/**
 * Hands the observer of the call to `what`, when there is one, and keeps what it throws from
 * getting into production.
 */
export type Tell = (what: (see: Required<CallObserver>) => void) => void;

/** The part as it is, but for the methods that are given. */
function overriding<Part extends object>(part: Part, instead: Partial<Part>): Part {
  return new Proxy(part, {
    get(target, key) {
      const own: unknown = Reflect.get(instead, key);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Shows an observer what passes between the parts of production in one call. */
export function observingTaps(tell: Tell): WireTaps {
  return {
    wheel: (wheel) =>
      overriding(wheel, {
        join: (onTick) =>
          wheel.join((dueMs) => {
            onTick(dueMs);
            tell((see) => see.ticked());
          }),
      }),
    provider: (provider) => tapProvider(provider, tell),
    leg: (leg) =>
      overriding(leg, {
        open: (onEvent) =>
          leg.open((event) => {
            tell((see) => see.legEvent(event));
            onEvent(event);
          }),
        send(command) {
          tell((see) => see.legCommand(command));
          leg.send(command);
        },
      }),
    journal: (journal) =>
      overriding(journal, {
        append(entry) {
          tell((see) => seeEntry(see, entry));
          journal.append(entry);
        },
      }),
    tools: (tools) =>
      overriding(tools, {
        async run(call, grant, options) {
          tell((see) => see.toolRun(call));
          const outcome = await tools.run(call, grant, options);
          tell((see) => see.toolSettled(outcome));
          return outcome;
        },
      }),
    metrics: (metrics) =>
      overriding(metrics, {
        count(name, labels, by) {
          if (name === 'offhook_limits_total' && 'limit' in labels && labels.limit === 'closing') {
            tell((see) => see.news({ type: 'limit', limit: 'closing' }));
          }
          metrics.count(name, labels, by);
        },
      }),
    edges: (onEdge) => (edge) => {
      tell((see) => see.gateEdge(edge));
      onEdge(edge);
    },
  };
}

/** Links are numbered from 1, as the session does. */
function tapProvider(provider: Provider, tell: Tell): Provider {
  let linkCount = 0;
  return overriding(provider, {
    open(setup, onEvent) {
      linkCount += 1;
      const linkId = linkCount;
      tell((see) => see.linkOpened(linkId, setup.persona.key));
      const link = provider.open(setup, (event) => {
        tell((see) => see.linkEvent(linkId, event));
        onEvent(event);
      });
      return overriding(link, {
        send(command) {
          tell((see) => see.linkCommand(linkId, command));
          link.send(command);
        },
        close() {
          tell((see) => see.linkClosed(linkId));
          link.close();
        },
      });
    },
  });
}

/** The journal tells much of what the session reports, and the end of it. */
function seeEntry(see: Required<CallObserver>, entry: JournalEntry): void {
  see.journal(entry);
  switch (entry.type) {
    case 'prompt':
      see.news({ type: 'prompt', name: entry.name as PromptName });
      return;
    case 'turn':
      see.news({ type: 'first-frame', replyId: entry.replyId, sinceStartMs: null });
      return;
    case 'session-end':
      see.ended(entry.cause);
      return;
    default:
  }
}
