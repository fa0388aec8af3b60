/** A compiled program. Holds no memory of a run. */
export type Program = object;

interface ProgramMemory {
  readonly buffer: ArrayBuffer;
}

type HostFunctions = Readonly<Record<string, (...values: never[]) => number>>;

/** The part of the WebAssembly API used here; the compiler's `es2024` library has none of it. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<Program>;
  readonly Instance: new (
    program: Program,
    imports: { readonly wasi_snapshot_preview1: HostFunctions },
  ) => { readonly exports: { readonly memory: ProgramMemory; _start(): void } };
};

/** Numbers of WASI preview 1 (github.com/WebAssembly/WASI, legacy/preview1/docs.md). */
const errno = { success: 0, badFile: 8, invalid: 28, notSeekable: 70 } as const;
const fileType = { characterDevice: 2, directory: 3, regularFile: 4 } as const;
const allRights = 0xffff_ffff_ffff_ffffn;

/** The one directory the program sees, opened before it starts; its first free descriptor. */
const directoryFd = 3;
const directoryName = '/out';
const outputFd = 4;

/** What a program may write to its file: four minutes of 16-bit sound at 16 kHz, and more. */
const fileBytesMax = 8 * 1024 * 1024;
const tooBig = `The program wrote a file of more than ${fileBytesMax} bytes.`;
/** What it may print. */
const printedBytesMax = 64 * 1024;

export interface ProgramRun {
  readonly exitCode: number;
  /** What it printed, on both streams. */
  readonly printed: string;
  /** The one file it wrote; empty when it wrote none. */
  readonly file: Uint8Array;
}

/** `directoryName` and a name: whatever it is called, the program's one file. */
export const programFile = `${directoryName}/file`;

export function compileProgram(bytes: Uint8Array): Promise<Program> {
  return WebAssembly.compile(bytes);
}

/**
 * Runs a program of WASI preview 1 from start to end in a memory of its own, which goes with it. It
 * sees its arguments and one file to write; no clock, no input, no disk. (The `node:wasi` of Node
 * 20 to 24 crashes the process after some runs whose instances were collected.)
 */
export function runProgram(program: Program, args: readonly string[]): ProgramRun {
  const host = new ProgramHost(args);
  const functions = host.functions();
  const instance = new WebAssembly.Instance(program, { wasi_snapshot_preview1: functions });
  host.memory = instance.exports.memory;
  try {
    instance.exports._start();
    return host.result(0);
  } catch (error) {
    if (error instanceof ProgramExit) return host.result(error.exitCode);
    throw error;
  }
}

/** How `proc_exit` leaves the program. */
class ProgramExit extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** Bytes that are written at a position and grow up to a limit. */
class GrowingFile {
  readonly #bytesMax: number;
  #bytes = new Uint8Array(64 * 1024);
  #length = 0;
  position = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get length(): number {
    return this.#length;
  }

  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** False, and nothing written, when the file would grow beyond its limit. */
  write(source: Uint8Array): boolean {
    const end = this.position + source.length;
    if (end > this.#bytesMax) return false;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bytes.length, end));
      grown.set(this.written);
      this.#bytes = grown;
    }
    this.#bytes.set(source, this.position);
    this.position = end;
    this.#length = Math.max(this.#length, end);
    return true;
  }
}

/** The thirteen functions that Flite imports. Pointers and counts come from the program. */
class ProgramHost {
  readonly #args: readonly Uint8Array[];
  readonly #file = new GrowingFile(fileBytesMax);
  readonly #printed = new GrowingFile(printedBytesMax);
  /** The program's own, known once it is there. */
  memory: ProgramMemory = { buffer: new ArrayBuffer(0) };

  constructor(args: readonly string[]) {
    this.#args = args.map((arg) => Buffer.from(`${arg}\0`));
  }

  result(exitCode: number): ProgramRun {
    const printed = Buffer.from(this.#printed.written).toString('utf8');
    return { exitCode, printed, file: this.#file.written };
  }

  functions(): HostFunctions {
    return {
      args_sizes_get: (countAt: number, bytesAt: number) => this.#argsSizes(countAt, bytesAt),
      args_get: (listAt: number, textAt: number) => this.#argsGet(listAt, textAt),
      clock_time_get: (_clock: number, _precision: bigint, timeAt: number) => {
        this.#view().setBigUint64(timeAt, 0n, true);
        return errno.success;
      },
      fd_close: () => errno.success,
      fd_fdstat_get: (fd: number, statAt: number) => this.#describe(fd, statAt),
      fd_fdstat_set_flags: () => errno.success,
      fd_prestat_get: (fd: number, prestatAt: number) => this.#prestat(fd, prestatAt),
      fd_prestat_dir_name: (_fd: number, nameAt: number, length: number) => {
        this.#bytes().set(Buffer.from(directoryName).subarray(0, length), nameAt);
        return errno.success;
      },
      fd_read: (_fd: number, _parts: number, _count: number, readAt: number) => {
        this.#view().setUint32(readAt, 0, true);
        return errno.success;
      },
      fd_seek: (fd: number, offset: bigint, whence: number, positionAt: number) =>
        this.#seek(fd, Number(offset), whence, positionAt),
      fd_write: (fd: number, parts: number, count: number, writtenAt: number) =>
        this.#write(fd, parts, count, writtenAt),
      path_open: (...call: readonly unknown[]) => this.#open(Number(call.at(-1))),
      proc_exit: (exitCode: number) => {
        throw new ProgramExit(exitCode);
      },
    };
  }

  #argsSizes(countAt: number, bytesAt: number): number {
    const view = this.#view();
    view.setUint32(countAt, this.#args.length, true);
    view.setUint32(
      bytesAt,
      this.#args.reduce((sum, arg) => sum + arg.length, 0),
      true,
    );
    return errno.success;
  }

  #argsGet(listAt: number, textAt: number): number {
    const view = this.#view();
    const bytes = this.#bytes();
    let at = textAt;
    for (const [index, arg] of this.#args.entries()) {
      view.setUint32(listAt + 4 * index, at, true);
      bytes.set(arg, at);
      at += arg.length;
    }
    return errno.success;
  }

  /** `fdstat`: a type, flags (none) and two sets of rights (all). */
  #describe(fd: number, statAt: number): number {
    const isStandard = fd < directoryFd;
    const otherType = fd === directoryFd ? fileType.directory : fileType.regularFile;
    const view = this.#view();
    view.setBigUint64(statAt, BigInt(isStandard ? fileType.characterDevice : otherType), true);
    view.setBigUint64(statAt + 8, allRights, true);
    view.setBigUint64(statAt + 16, allRights, true);
    return errno.success;
  }

  #prestat(fd: number, prestatAt: number): number {
    if (fd !== directoryFd) return errno.badFile;
    this.#view().setUint32(prestatAt, 0, true);
    this.#view().setUint32(prestatAt + 4, directoryName.length, true);
    return errno.success;
  }

  #open(fdAt: number): number {
    this.#view().setUint32(fdAt, outputFd, true);
    return errno.success;
  }

  #seek(fd: number, offset: number, whence: number, positionAt: number): number {
    if (fd !== outputFd) return errno.notSeekable;
    const from = [0, this.#file.position, this.#file.length][whence];
    if (from === undefined || from + offset < 0) return errno.invalid;
    this.#file.position = from + offset;
    this.#view().setBigUint64(positionAt, BigInt(this.#file.position), true);
    return errno.success;
  }

  #write(fd: number, partsAt: number, partCount: number, writtenAt: number): number {
    const view = this.#view();
    const bytes = this.#bytes();
    let writtenBytes = 0;
    for (let part = 0; part < partCount; part += 1) {
      const at = view.getUint32(partsAt + 8 * part, true);
      const length = view.getUint32(partsAt + 8 * part + 4, true);
      const source = bytes.subarray(at, at + length);
      // What is printed beyond the limit is passed over: it is for people.
      if (fd !== outputFd) this.#printed.write(source);
      else if (!this.#file.write(source)) throw new RangeError(tooBig);
      writtenBytes += length;
    }
    view.setUint32(writtenAt, writtenBytes, true);
    return errno.success;
  }

  /** Made anew each time: a memory that grows leaves its old views empty. */
  #view(): DataView {
    return new DataView(this.memory.buffer);
  }

  #bytes(): Uint8Array {
    return new Uint8Array(this.memory.buffer);
  }
}
