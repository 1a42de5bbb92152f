/**
 * The port, in a process of its own: EspruinoTools opens it, and this file carries bytes between it and its own standard
 * input and output. `node port_child.js <port> <baud rate>`; port is `tcp://host:port` or a serial device.
 *
 * Of EspruinoTools only the ports are used. What it is known for stays in here and is ended with this process: it hangs
 * after short uploads, exits 0 when nothing could be opened, asks the board for its version at every opening, and writes
 * to the console. So: standard output carries bytes of the board and nothing else; standard error carries lines that
 * begin with "@": `@open` once the port is open, `@closed` when the other side has gone, `@fault TEXT`.
 */
"use strict";

const OPEN_FAULT = 3;

// What the package prints is no byte of the board.
for (const name of ["log", "warn", "info", "error", "debug"]) console[name] = () => undefined;

function say(line) {
  require("node:fs").writeSync(2, `@${line}\n`);
}

function fail(text) {
  say(`fault ${text}`);
  process.exit(OPEN_FAULT);
}

process.on("uncaughtException", (error) => fail(String(error.message).split("\n")[0]));

/** Each request is short and waits for its answer: a network that gathers short writes first would keep it for 40 ms. */
function withoutDelay(net) {
  const connect = net.createConnection;
  net.createConnection = (...words) => connect(...words).setNoDelay(true);
}

/** A device that the system does not list, such as a pseudo terminal, is still a port when a person names it. */
function listPort(tools, port) {
  for (const device of tools.Core.Serial.devices) {
    if (device.name !== "Node Serial") continue;
    const listed = device.getPorts;
    device.getPorts = (answer) =>
      listed((ports) => {
        const known = ports ?? [];
        answer(known.some((one) => one.path === port) ? known : [...known, { path: port }], true);
      });
  }
}

function carry(tools) {
  const serial = tools.Core.Serial;
  // Its own pauses after Ctrl-C and the like are for people who type; whoever speaks here waits for answers.
  serial.setSlowWrite(false, true);
  serial.setBinary(true);
  process.stdin.on("data", (bytes) => serial.write(bytes.toString("latin1"), false));
  process.stdin.on("end", () => process.exit(0));
  say("open");
}

function main(port, baud_rate) {
  let package_;
  try {
    package_ = require("espruino");
  } catch {
    return fail("the npm package espruino is not installed (npm install espruino)");
  }
  withoutDelay(require("node:net"));
  package_.init(() => {
    const tools = globalThis.Espruino;
    Object.assign(tools.Config, {
      BAUD_RATE: baud_rate,
      BLUETOOTH_LOW_ENERGY: false,
      BLUETOOTH_LOW_ENERGY_DBUS: false,
      ENV_ON_CONNECT: false,
      SERIAL_TCPIP: port.startsWith("tcp://") ? [port] : [],
      SET_TIME_ON_CONNECT: false,
    });
    // What plugins do at an opening is to question the board.
    tools.callProcessor = (_kind, data, done) => done(data);
    listPort(tools, port);
    const serial = tools.Core.Serial;
    serial.startListening((data) => process.stdout.write(Buffer.from(data)));
    serial.open(
      port,
      (info) => (info === undefined ? fail("it cannot be opened") : carry(tools)),
      () => {
        say("closed");
        process.exit(0);
      },
    );
    // The socket of the package tells of a refusal only on the console.
  });
}

main(process.argv[2], process.argv[3]);
