/** What each gateway that is measured beside ours does in its process. */

/** Tells the parent where to call, and its CPU whenever it is asked; ends with the parent. */
export function serveParent(port: number): void {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send!((user + system) / 1000);
  });
  process.on('disconnect', () => process.exit());
  process.send!(port);
}
