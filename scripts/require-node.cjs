// Preloaded by the npm scripts. `npm ci --ignore-scripts` leaves out node_modules/.bin/node, and
// then they would run on the system's Node without a word. Old syntax: any Node must get to speak.
const floor = require('../package.json').engines.node.replace('>=', '');
const wanted = floor.split('.').map(Number);
const running = process.versions.node.split('.').map(Number);

if (running[0] < wanted[0] || (running[0] === wanted[0] && running[1] < wanted[1])) {
  console.error(`offhook needs Node >= ${floor}, this is ${process.versions.node}`);
  console.error('Run `npm ci` without --ignore-scripts: it brings the right one.');
  process.exit(1);
}
