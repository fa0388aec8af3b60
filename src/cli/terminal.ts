/** What a word on the terminal means; colours are chosen here and nowhere else. */
export type Tone = 'good' | 'bad' | 'warning' | 'caller' | 'agent' | 'faint' | 'strong';

/** Where a command writes. Colours and progress only when a person watches. */
export interface Terminal {
  /** Columns of a line; 100 when nobody watches. */
  readonly columns: number;
  readonly isInteractive: boolean;
  print(line?: string): void;
  /** To standard error: what went wrong, also when the output is piped away. */
  complain(line: string): void;
  /**
   * Shows one line that the next call replaces; an empty one removes it. Nothing without a person.
   */
  progress(line: string): void;
  tint(tone: Tone, text: string): string;
}

/** The streams of a process, as far as they matter here. */
export interface TerminalStreams {
  readonly out: {
    readonly isTTY?: boolean;
    readonly columns?: number;
    write(text: string): unknown;
  };
  readonly errors: { readonly isTTY?: boolean; write(text: string): unknown };
  readonly env: { readonly TERM?: string | undefined; readonly NO_COLOR?: string | undefined };
}

const columnsWithoutTerminal = 100;
const columnsMin = 40;

/** SGR codes of ECMA-48. */
const codes: Readonly<Record<Tone, number>> = {
  good: 32,
  bad: 31,
  warning: 33,
  caller: 36,
  agent: 35,
  faint: 2,
  strong: 1,
};

/** Honours NO_COLOR (no-color.org) and TERM=dumb. */
export function terminal({ out, errors, env }: TerminalStreams): Terminal {
  const isInteractive = out.isTTY === true && env.TERM !== 'dumb';
  const hasColours = isInteractive && (env.NO_COLOR ?? '') === '';
  const showsProgress = errors.isTTY === true && isInteractive;
  return {
    columns: Math.max(columnsMin, (isInteractive && out.columns) || columnsWithoutTerminal),
    isInteractive,
    print: (line = '') => void out.write(`${line}\n`),
    complain: (line) => void errors.write(`${line}\n`),
    progress: (line) => {
      if (showsProgress) errors.write(`\r\u001b[2K${line}`);
    },
    tint: (tone, text) => (hasColours ? `\u001b[${codes[tone]}m${text}\u001b[0m` : text),
  };
}

/**
 * Lines of a table: a heading, then rows; columns as wide as their widest cell, numbers to the
 * right. The last column is cut where the terminal ends.
 */
export function tableLines(
  { columns }: Pick<Terminal, 'columns'>,
  rows: readonly (readonly string[])[],
): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const isNumeric = widths.map((_, column) =>
    rows.slice(1).every((row) => /^-?[\d.]*( ?m?s)?$/.test(row[column] ?? '')),
  );
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      isNumeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
    );
    return cutTo(cells.join('  ').trimEnd(), columns);
  });
}

export function cutTo(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, columns - 1)}…`;
}

/** Breaks `text` between words so that no line passes `columns`; later lines are indented. */
export function wrapped(text: string, columns: number, indent = ''): readonly string[] {
  const lines: string[] = [];
  let [line = '', ...words] = text.split(' ');
  for (const word of words) {
    if (line.length + 1 + word.length > columns) {
      lines.push(line);
      line = indent + word;
    } else line = `${line} ${word}`;
  }
  return [...lines, line];
}
