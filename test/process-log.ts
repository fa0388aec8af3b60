/** One line of the log of a process. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly component?: string;
  readonly [field: string]: unknown;
}

/** What a process writes: JSON lines, and whatever else. */
export class ProcessLog {
  readonly lines: LogLine[] = [];
  /** All of it, as it came. */
  text = '';
  #rest = '';
  #isOver = false;
  readonly #looks = new Set<() => void>();

  push(bytes: Buffer): void {
    this.text += bytes;
    const pieces = `${this.#rest}${bytes}`.split('\n');
    this.#rest = pieces.pop() ?? '';
    this.lines.push(...pieces.filter((piece) => piece.startsWith('{')).map(parseLine));
    this.#lookAgain();
  }

  end(): void {
    this.#isOver = true;
    this.#lookAgain();
  }

  /** The `nth` line with `msg`, already here or to come; rejects when the process ends without. */
  line(msg: string, nth = 1): Promise<LogLine> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.all(msg)[nth - 1];
        if (found === undefined && !this.#isOver) return;
        this.#looks.delete(look);
        if (found !== undefined) resolve(found);
        else reject(new Error(`it ended without saying '${msg}':\n${this.text}`));
      };
      this.#looks.add(look);
      look();
    });
  }

  all(msg: string): readonly LogLine[] {
    return this.lines.filter((line) => line.msg === msg);
  }

  #lookAgain(): void {
    for (const look of [...this.#looks]) look();
  }
}

function parseLine(text: string): LogLine {
  const line: LogLine = JSON.parse(text);
  return line;
}
