import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderErrors } from './errors-reference.ts';
import { sourceTree } from './tidy/source-tree.ts';
import { renderTraceability } from './traceability.ts';

const requirements = [
  '- V2 **Streaming playback**: agent audio is queued.',
  '- V10 **Barge-in**: caller speaks, agent audio stops.',
  '- B1 Deterministic record and replay of a whole call: same bytes out.',
].join('\n');

function traceability(files: Record<string, string>): string {
  return renderTraceability(
    sourceTree(new Map(Object.entries({ 'docs/REQUIREMENTS.md': requirements, ...files }))),
  );
}

test('[O7] the matrix lists each promise with its tests and what runs them', () => {
  const page = traceability({
    'src/session/turn.test.ts': "test('[V10] [B1] nothing unheard is played', () => {});",
    'sim/one-frame-a-tick.ts': "export const claim = '[V2] one frame per tick';",
    'test/witnesses/sdk.witness.ts': 'test(`[V2] $' + '{name} hears it all`, () => {});',
  });
  const v10 = page.slice(page.indexOf('### V10 Barge-in'), page.indexOf('### B1'));
  assert.match(v10, /- nothing unheard is played\n/);
  assert.match(v10, /`npm run test:unit -- src\/session\/turn\.test\.ts`/);
  const v2 = page.slice(page.indexOf('### V2'), page.indexOf('### V10'));
  assert.match(v2, /`npm run sim -- --seeds 200`\n {2}- one frame per tick/);
  assert.match(v2, /npm run witnesses -- test\/witnesses\/sdk\.witness\.ts/);
  assert.match(v2, / {2}- … hears it all\n/);
  assert.match(page, /Of 3, 3 have a witness and 0 have none yet/);
});

test('[O7] the matrix lists the promises that nothing witnesses', () => {
  const page = traceability({ 'src/a.test.ts': "test('[V2] x', () => {});" });
  const open = page.slice(page.indexOf('## With none yet'));
  const b1 = 'Deterministic record and replay of a whole call';
  assert.equal(open, `## With none yet\n\n- **V10** Barge-in\n- **B1** ${b1}\n`);
});

test('a number that nobody promised stops the matrix', () => {
  const files = { 'src/a.test.ts': "test('[V99] x', () => {});" };
  assert.throws(() => traceability(files), /\[V99\] is not in docs\/REQUIREMENTS\.md/);
});

test('the page of errors keeps the order and the headings of the table', () => {
  const table = '  // Calls.\n  DRAINING: { httpStatus: 1 },\n  // Ours.\n  INTERNAL: { x: 1 },\n';
  const page = renderErrors(sourceTree(new Map([['src/runtime/errors.ts', table]])));
  assert.match(
    page,
    /## Calls\n[^#]+\| `DRAINING` \| 503 \| yes \|\n\n## Ours\n[^#]+\| `INTERNAL`/,
  );
});
