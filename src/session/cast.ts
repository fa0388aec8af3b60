import type { Persona } from '../personas/persona.ts';
import type { PersonaSetup } from '../providers/provider.ts';
import { GatewayError } from '../runtime/errors.ts';
import { isTrusted, type Trust } from '../runtime/trust.ts';
import type { ToolGrant, ToolRunner } from '../tools/tool.ts';
import type { CallInfo } from '../transports/transport.ts';

/** The tool that every persona has who may hand over to somebody. */
const handoffToolName = 'handoff';

/** A persona as it is in one call: what a link is told of it, and what it may do. */
export interface Agent {
  readonly setup: PersonaSetup;
  readonly greeting: string | null;
  readonly grant: ToolGrant;
}

export interface CastOptions {
  readonly sessionId: string;
  readonly call: CallInfo;
  readonly trust: Trust;
  readonly tools: ToolRunner;
  readonly persona: Persona;
  /** The personas as they were when the call began. */
  readonly personaOf: (key: string) => Persona | undefined;
}

/**
 * Who may speak in one call. Its grant are the tools of the persona that the operator chose and of
 * all whom that one may reach by handing over; the caller's trust never changes.
 */
export class Cast {
  readonly #options: CastOptions;
  #callTools: ReadonlySet<string>;
  #persona: Persona;
  #agent: Agent;

  constructor(options: CastOptions) {
    this.#options = options;
    this.#persona = options.persona;
    this.#callTools = this.#toolsWithin(options.persona);
    this.#agent = this.#agentOf(options.persona);
  }

  /** Who speaks now. */
  get agent(): Agent {
    return this.#agent;
  }

  get persona(): Persona {
    return this.#persona;
  }

  /**
   * The operator's choice: from now on its own tools are what the call is given. Throws
   * `TRUST_TOO_LOW` when this caller may not have it.
   */
  choose(persona: Persona): Agent {
    const refusal = personaRefusalOf(persona, this.#options.trust);
    if (refusal) throw refusal;
    this.#callTools = this.#toolsWithin(persona);
    this.#persona = persona;
    this.#agent = this.#agentOf(persona);
    return this.#agent;
  }

  /** Whom the one who speaks may hand over to, with what the call was given; `null`: it may not. */
  successor(personaKey: string): Agent | null {
    const persona = this.#options.personaOf(personaKey);
    if (!persona || !this.#persona.handoffs?.includes(personaKey)) return null;
    return personaRefusalOf(persona, this.#options.trust) ? null : this.#agentOf(persona);
  }

  /** Who speaks in the call's name with somebody else: with no tools but these. */
  briefer(second: { readonly instructions: string; readonly toolNames: readonly string[] }): Agent {
    const { setup, grant } = this.#agent;
    const granted: ToolGrant = { ...grant, toolNames: second.toolNames, handoffs: [] };
    const instructions = `${setup.instructions}\n\n${second.instructions}`;
    const tools = this.#options.tools.schemas(granted);
    return { setup: { ...setup, instructions, tools }, greeting: null, grant: granted };
  }

  /** A successor has taken over. */
  takeOver(agent: Agent): void {
    this.#agent = agent;
    this.#persona = this.#options.personaOf(agent.setup.key) ?? this.#persona;
  }

  #agentOf(persona: Persona): Agent {
    const { sessionId, call, trust, tools } = this.#options;
    const grant: ToolGrant = {
      sessionId,
      call,
      trust,
      toolNames: toolsOf(persona).filter((name) => this.#callTools.has(name)),
      handoffs: this.#targetsOf(persona).map(({ key, minTrust }) => ({
        personaKey: key,
        minTrust,
      })),
    };
    const { key, instructions, voice, language, greeting } = persona;
    const { variables } = call;
    const schemas = tools.schemas(grant);
    return {
      setup: { key, instructions, voice, language, tools: schemas, variables },
      greeting,
      grant,
    };
  }

  #targetsOf({ handoffs = [] }: Persona): Persona[] {
    return handoffs.flatMap((key) => this.#options.personaOf(key) ?? []);
  }

  #toolsWithin(first: Persona): ReadonlySet<string> {
    const reached = new Map([[first.key, first]]);
    for (const persona of reached.values()) {
      for (const next of this.#targetsOf(persona)) {
        if (!reached.has(next.key)) reached.set(next.key, next);
      }
    }
    return new Set([...reached.values()].flatMap(toolsOf));
  }
}

function toolsOf({ tools, handoffs = [] }: Persona): readonly string[] {
  return handoffs.length === 0 ? tools : [...new Set([...tools, handoffToolName])];
}

/** Why a caller of this trust cannot have this persona. */
export function personaRefusalOf(persona: Persona, trust: Trust): GatewayError | null {
  if (isTrusted(trust, persona.minTrust)) return null;
  return new GatewayError(
    'TRUST_TOO_LOW',
    `persona ${persona.key} needs a caller who is ${persona.minTrust}, this one is ${trust}`,
    { persona: persona.key, minTrust: persona.minTrust, trust },
  );
}
