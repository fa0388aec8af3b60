import { SERIES } from './observe.ts';

const heading = `# Metrics

\`GET /metrics\` answers in Prometheus' text format. Every series is the same for every provider
and transport; a call id is never a label. The series of Node and the process (\`nodejs_…\`,
\`process_…\`) come beside these.

This page is written by \`src/observe/render-metrics-document.ts\` from the table of series.
`;

/** The text of `docs/metrics.md`: every series with its type, labels, buckets and meaning. */
export function renderMetricsDocument(): string {
  const rows = Object.entries(SERIES).map(([name, series]) => {
    const labels = series.labels.map((label) => `\`${label}\``).join(', ') || 'none';
    const buckets = 'buckets' in series ? ` Buckets: ${series.buckets.join(', ')}.` : '';
    return `| \`${name}\` | ${series.type} | ${labels} | ${series.help}.${buckets} |`;
  });
  const table = ['| Series | Type | Labels | Meaning |', '|---|---|---|---|', ...rows];
  return `${heading}\n${table.join('\n')}\n`;
}
