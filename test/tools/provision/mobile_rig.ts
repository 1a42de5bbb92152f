/**
 * A board with a BG96 at the end of a line: the stand-in of ../flash, whose firmware has a modem on Serial1, and the
 * emulator of the module behind a pair of ptys (socat), with a broker. The module has its own power: what the board loses
 * it keeps.
 */
import { spawn, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { openSerial, realTimer } from "../../../sim/card/pn532_pty";
import { fileNamed } from "../../../sim/hci/bg96_files";
import { pressPowerKey, type Bg96Module } from "../../../sim/hci/bg96_life";
import { createBg96Module } from "../../../sim/hci/bg96_module";
import { createBroker, linkTo, type Broker } from "../../../sim/hci/mqtt_broker";
import { findEspruino } from "../../../sim/engines/espruino";
import { parseBoard } from "../../../tools/build/board_file";
import type { Board } from "../../../tools/build/board_schema";
import { bundleBoard } from "../../../tools/build/bundle";
import { flashedAs, Line, standInBoard } from "../flash/own_board";
import { onOneCore, StandIn } from "../flash/stand_in";

const LOOK_MS = 5;
const PRESSED = "pressed";

/** The stand-in with a modem, and with the radio's room. */
export function mobileBoard(): Board {
  const board = standInBoard();
  const modem = { rx: "D8", tx: "D6", rate_hz: 115_200 };
  const parts = { ...board.parts, radio: "bg96" };
  return parseBoard(JSON.stringify({ ...board, parts, rooms: ["radio"], buses: { uart_modem: modem } }), board.name);
}

/** What the interpreter does first: on Linux a serial line is a device, and a pin is nothing. */
const BEFORE_ALL = [
  "(function(){var s=Serial1.setup;",
  'Serial1.setup=function(r,o){s.call(Serial1,r,{path:"modem"});};',
  `global.digitalPulse=function(p,l,t){require("fs").writeFileSync("${PRESSED}",p+" "+l+" "+t);};})()`,
].join("");

export async function until(holds: () => boolean, limit_ms = 180_000): Promise<void> {
  for (const end_ms = performance.now() + limit_ms; !holds();) {
    if (performance.now() > end_ms) throw new Error(`not within ${limit_ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Gives the interpreter what it does first; where that fails, nothing of the board is left. */
async function prepared(board: StandIn): Promise<void> {
  try {
    const line = await Line.open(board.port);
    // A Ctrl-C while it starts would be met by a loop of the firmware's, which has taken the console by then.
    await line.say("id\n", /firmware=/);
    const write = `require("Storage").write(".boot0",${JSON.stringify(BEFORE_ALL)})`;
    await line.say(`\x03\x03\x03\n\x10print("<"+${write}+">")\n`, /<true>/);
    line.close();
    await board.powerDown();
  } catch (error) {
    await board.stop();
    throw error;
  }
}

export class MobileRig {
  readonly pressed: string[] = [];
  private readonly descriptor: number;
  private readonly looking: NodeJS.Timeout;

  private constructor(
    readonly board: StandIn,
    readonly module: Bg96Module,
    readonly broker: Broker,
    private readonly socat: ChildProcess,
    private readonly stopModule: () => void,
  ) {
    // The line outlives the interpreters that open it.
    this.descriptor = fs.openSync(path.join(board.folder, "modem"), fs.constants.O_RDWR | fs.constants.O_NOCTTY);
    this.looking = setInterval(() => this.lookAtKey(), LOOK_MS);
  }

  /** A board that was flashed and given to nobody, with its module off. */
  static async start(): Promise<MobileRig> {
    const described = mobileBoard();
    const board = await flashedAs(described, (await bundleBoard(described)).code);
    await prepared(board);
    const ends = ["modem", "module"].map((name) => `PTY,link=${path.join(board.folder, name)},raw,echo=0`);
    const socat = spawn("socat", ends, { stdio: "ignore" });
    await until(() => ["modem", "module"].every((name) => fs.existsSync(path.join(board.folder, name))));
    const { timer, stop } = realTimer();
    const serial = openSerial(path.join(board.folder, "module"), stop);
    const broker = createBroker();
    broker.tls = true;
    const module = createBg96Module(serial.line, timer, linkTo(broker));
    module.powered = false;
    return new MobileRig(board, module, broker, socat, () => {
      stop();
      serial.close();
    });
  }

  /** What is in a file of the module's. */
  kept(name: string): string | undefined {
    const file = fileNamed(this.module, name);
    return file === undefined ? undefined : Buffer.from(file.bytes).toString("latin1");
  }

  uploads(): number {
    return this.module.commands.filter((one) => one.startsWith("AT+QFUPL")).length;
  }

  /**
   * A board that has a power of its own, beside its line: what is done with it while the cable is out goes on. `port` is
   * the cable.
   */
  async powered(work: (port: string) => Promise<void>): Promise<void> {
    const console = path.join(this.board.folder, "console");
    const interpreter = `EXEC:${onOneCore(findEspruino() ?? "espruino")},pty,raw,echo=0`;
    const socat = spawn("socat", [`PTY,link=${console},raw,echo=0`, interpreter], {
      cwd: this.board.folder,
      stdio: "ignore",
    });
    const cable = await StandIn.start("sh cable.sh");
    try {
      fs.writeFileSync(path.join(cable.folder, "cable.sh"), `exec socat - FILE:${console},raw,echo=0\n`);
      await until(() => fs.existsSync(console));
      const descriptor = fs.openSync(console, fs.constants.O_RDWR | fs.constants.O_NOCTTY);
      await work(cable.port);
      fs.closeSync(descriptor);
    } finally {
      await cable.stop();
      socat.kill("SIGKILL");
      this.board.cutPower();
      await this.board.powerDown();
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.looking);
    this.stopModule();
    fs.closeSync(this.descriptor);
    this.socat.kill("SIGKILL");
    await this.board.stop();
  }

  private lookAtKey(): void {
    const file = path.join(this.board.folder, PRESSED);
    if (!fs.existsSync(file)) return;
    const said = fs.readFileSync(file, "latin1");
    fs.rmSync(file);
    this.pressed.push(said);
    // Too short to switch off one that is on (boards/espruino/modem.ts).
    if (!this.module.powered) pressPowerKey(this.module);
  }
}
