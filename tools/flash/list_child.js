/**
 * The serial ports of this machine, in a process of its own, because what lists them is a native module of another
 * package: prints one JSON array, or ends with exit code 3 and a line on standard error that says why not.
 *
 * It is the serialport that EspruinoTools opens its ports with (port_child.js), found from there.
 */
"use strict";

const NO_LIST = 3;

function fail(text) {
  process.stderr.write(`${String(text).split("\n")[0]}\n`, () => process.exit(NO_LIST));
}

// Without udevadm, by which it lists them on Linux, its own process throws where nobody catches.
process.on("uncaughtException", (error) => fail(error.message));

function main() {
  let serialport;
  try {
    serialport = require(require.resolve("serialport", { paths: [require.resolve("espruino")] }));
  } catch {
    return fail("the npm package espruino is not installed with its serialport (npm install espruino)");
  }
  serialport.SerialPort.list().then(
    (ports) => process.stdout.write(JSON.stringify(ports)),
    (error) => fail(error.message),
  );
}

main();
