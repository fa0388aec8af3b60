#!/usr/bin/env node
// The launcher must be understood by Node of any age, to say that it is too old: ES2015 at most and
// no import before the check. Old Node reads this as CommonJS, new Node as a module.
(function launch() {
  const floor = [22, 18];
  const running = process.versions.node.split('.').map(Number);
  const isTooOld = running[0] < floor[0] || (running[0] === floor[0] && running[1] < floor[1]);
  if (isTooOld) {
    console.error(`offhook needs Node >= ${floor.join('.')}, this is ${process.versions.node}`);
    process.exitCode = 1;
    return;
  }
  // Spelled as a string: `import()` itself is a syntax error before Node 10.
  const load = new Function('path', 'return import(path)');
  load('./start.js').then((start) => start.start());
})();
