/** What `offhook` tells the shell. Documented by `offhook --help`. */
export const exitCodes = {
  done: 0,
  /** A check did not hold, or the program failed. */
  failed: 1,
  /** Wrong usage, wrong configuration, a file that cannot be read or written. */
  misused: 2,
  /** Nobody answers at the address. */
  unreachable: 3,
  /** The call took place and the agent was never heard, or its line broke off. */
  unheard: 4,
  /** Stopped before its work was done: 128 and the number of SIGINT, as shells have it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodeHelp = [
  'Exit codes:',
  '  0  done',
  '  1  a check did not hold, or the program failed',
  '  2  wrong usage or configuration, or a file that cannot be read or written',
  '  3  nobody answers at the address',
  '  4  the call took place, but the agent was never heard or the line broke off',
  '  130  stopped by Ctrl-C before its work was done',
].join('\n');
