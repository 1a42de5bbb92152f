/**
 * A board that Ctrl-C has met in the middle of a loop: Espruino opens its debugger there instead of ending the loop, which is
 * a matter of microseconds, so that a stand-in has to do it (jspDebuggerLoopIfCtrlC, src/jsparse.c). The debugger itself is the
 * interpreter's.
 */
import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Server } from "node:net";
import { Console } from "../../../tools/flash/console";
import { Link } from "../../../tools/flash/link";
import { StandIn, standInMissing } from "./stand_in";

const RATE = 115200;

/** It is busy; the first Ctrl-C brings its debugger, which knows no such question, and the next the console. */
function debuggingBoard(): Promise<Server> {
  const server = createServer((socket) => {
    let state: "busy" | "debugger" | "console" = "busy";
    socket.setEncoding("latin1").on("data", (text: string) => {
      for (const part of text.split(/(?<=\n)/)) {
        if (part.includes("\x03")) state = state === "busy" ? "debugger" : "console";
        const mark = /"(cs\d+)>"\+\(1\+1\)/.exec(part)?.[1];
        if (mark === undefined || state === "busy") continue;
        socket.write(state === "debugger" ? "Expected command, got STRING\r\ndebug>" : `<${mark}>2</${mark}>\r\n>`);
      }
    });
    socket.on("error", () => undefined);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

async function isReached(port: string, before = ""): Promise<boolean> {
  const link = await Link.open(port, RATE);
  try {
    if (before !== "") {
      link.send(before);
      assert.ok(await link.waitFor(/debug>/, 5_000), "its debugger is there");
    }
    return await new Console(link).greet();
  } finally {
    link.close();
  }
}

describe("a board that Ctrl-C has met in a loop", function () {
  it("is brought out of its debugger to its console", async () => {
    const server = await debuggingBoard();
    try {
      assert.ok(await isReached(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`));
    } finally {
      server.close();
    }
  });

  it("is brought out of the debugger of the interpreter", async function () {
    if (standInMissing() !== undefined) return this.skip();
    const board = await StandIn.start();
    try {
      assert.ok(await isReached(board.port, "\n(function(){debugger;})()\n"));
    } finally {
      await board.stop();
    }
  });
});
