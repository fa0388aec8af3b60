import { boundStatement, filledUrl } from './declared-arguments.ts';
import type { Contradiction } from './problem.ts';
import type { Config } from './schema.ts';
import type { Path } from './tree.ts';

/** Names of tools that Offhook brings: nothing of the operator's may pass for one of them. */
export const builtInToolNames = [
  ...['hangup_call', 'lookup_menu', 'recommend_pairing', 'place_order', 'fetch_financials'],
  ...['check_tax_rule', 'transfer_call', 'leave_voicemail', 'send_email_summary'],
  ...['attended_transfer', 'complete_transfer', 'handoff', 'request_transcript'],
];

type DeclaredTool = Config['own_tools'][string];

/** What of the settings of tools is right by itself and wrong together. */
export function callToolsRight(config: Config): readonly Contradiction[] {
  const { directory, mail, own_tools, voicemail } = config;
  const found = Object.entries(own_tools).flatMap(([name, tool]) =>
    declarationFaults(name, tool, config.http_tools.allowed_hosts),
  );
  const { destination } = voicemail;
  if (destination !== null && !Object.hasOwn(directory, destination)) {
    found.push(
      objection(['voicemail', 'destination'], `names no key of directory: ${destination}`),
    );
  }
  if (mail.host !== null && (mail.from === null || mail.operator_address === null)) {
    found.push(objection(['mail', 'host'], 'needs mail.from and mail.operator_address beside it'));
  }
  return found;
}

function declarationFaults(
  name: string,
  tool: DeclaredTool,
  allowedHosts: readonly string[] | null,
): Contradiction[] {
  const path = ['own_tools', name];
  const found: Contradiction[] = [];
  if (builtInToolNames.includes(name))
    found.push(objection(path, 'is the name of a built-in tool'));
  const known = Object(tool.parameters['properties']);
  const unknown = namesIn(tool).filter((each) => !Object.hasOwn(known, each));
  if (unknown.length > 0) {
    const what = `lacks what the tool asks for: ${unknown.join(', ')}`;
    found.push(objection([...path, 'parameters'], what));
  }
  if (tool.kind === 'sql' || allowedHosts === null) return found;
  const host = new URL(filledUrl(tool.url, () => 'x')).hostname;
  if (allowedHosts.includes(host)) return found;
  const what = `leads to ${host}, which http_tools.allowed_hosts does not name`;
  return [...found, objection([...path, 'url'], what)];
}

/** The parameters that a declaration makes use of. */
function namesIn(tool: DeclaredTool): readonly string[] {
  if (tool.kind === 'sql') return boundStatement(tool.statement).names;
  const names = [...tool.body];
  filledUrl(tool.url, (name) => {
    names.push(name);
    return '';
  });
  return names;
}

function objection(path: Path, what: string): Contradiction {
  return { code: 'CONFIG_INVALID', path, message: `${path.join('.')} ${what}` };
}
