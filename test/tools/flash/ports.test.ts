/** Serial ports: what is made of a list of them, and which one a command takes. The lists are the test's own. */
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { flash } from "../../../tools/actions/flash";
import { monitor } from "../../../tools/actions/monitor";
import { askPerson, choosePort, type Workplace } from "../../../tools/actions/workplace";
import { readBoard } from "../../../tools/build/board_file";
import { fittingPorts, listPorts, readPorts, type SerialPort } from "../../../tools/flash/ports";
import { usbKind } from "../../../tools/flash/usb_ids";
import { CapturedOutput } from "../captured_output";

const port = (path: string, id: string, serial_number = ""): SerialPort => {
  const [vendor_id, product_id] = id === "" ? ["", ""] : id.split(":");
  return { path, vendor_id, product_id, serial_number };
};
const STM32 = port("/dev/ttyACM0", "0483:5740", "48A2");
const NORDIC = port("/dev/ttyACM1", "1915:520f", "C0FFEE");
const CP210X = port("/dev/ttyUSB0", "10c4:ea60", "0001");
const CH340 = port("COM7", "1a86:7523");
const AIR780E = port("/dev/ttyACM4", "19d1:0001");
const MODEM = port("/dev/ttyUSB3", "2c7c:0296");
const STRANGE = port("/dev/ttyACM9", "dead:beef");
const PLAIN = port("/dev/ttyS0", "");
const ALL = [STM32, NORDIC, CP210X, CH340, AIR780E, MODEM, STRANGE, PLAIN];
const WIFI = readBoard("espruino-wifi");

/** A workplace with these ports; `typed` is what a person there answers, undefined without one. */
function workplaceOf(ports: readonly SerialPort[], typed?: string) {
  const asked: string[] = [];
  const ask = async (question: string): Promise<string> => {
    asked.push(question);
    return Promise.resolve(typed ?? "");
  };
  const list = () => Promise.resolve([...ports]);
  const workplace: Workplace = { list, ask: typed === undefined ? undefined : ask, now: () => new Date() };
  return { asked, workplace, output: new CapturedOutput() };
}

async function chosen(ports: readonly SerialPort[], typed?: string, given?: string) {
  const { asked, workplace, output } = workplaceOf(ports, typed);
  const taken = await choosePort(given, WIFI, { output, exit_code: 0 }, workplace);
  return { taken, asked, err: output.err_text };
}

describe("the ports of a machine", () => {
  it("are read from what the child lists, those on USB first, and fit for a terminal", () => {
    const listed = [
      { path: "/dev/ttyS0", manufacturer: undefined },
      { path: "/dev/ttyACM0", vendorId: "0483", productId: "5740", serialNumber: "4\x1b[2J" },
      { path: "COM3", vendorId: "10C4", productId: "EA60" },
      { path: "/dev/ttyACM1", vendorId: "0x19", productId: 5 },
    ];
    assert.deepEqual(readPorts(JSON.stringify(listed)), [
      port("/dev/ttyACM0", "0483:5740", "4?[2J"),
      port("COM3", "10c4:ea60"),
      port("/dev/ttyACM1", ""),
      port("/dev/ttyS0", ""),
    ]);
  });

  it("are not believed when the child says anything else", () => {
    for (const text of ["", "{}", "[1]", '[{"path":""}]', JSON.stringify(Array(1001).fill({ path: "x" }))])
      assert.throws(() => readPorts(text), /the serial ports cannot be listed \(give --port\)/);
  });

  it("are listed by a child, which says in one line why it cannot", async function () {
    if (process.platform !== "linux") return this.skip();
    const { PATH } = process.env;
    process.env["PATH"] = "/nowhere";
    try {
      await assert.rejects(listPorts(), /cannot be listed: [^\n]*udevadm[^\n]* \(give --port\)$/);
    } finally {
      process.env["PATH"] = PATH;
    }
  });

  it("are told by their USB ids, and fit the boards that can be behind them", () => {
    assert.match(usbKind("10C4", "EA60").words, /CP210x/);
    assert.deepEqual(usbKind("dead", "beef"), { kind: "unknown", words: "not known here" });
    const paths = (name: string | undefined) =>
      fittingPorts(ALL, name === undefined ? undefined : readBoard(name)).map(({ path }) => path);
    assert.deepEqual(paths("espruino-wifi"), [STM32.path, CP210X.path, CH340.path]);
    assert.deepEqual(paths("espruino-rak5010"), [NORDIC.path, CP210X.path, CH340.path]);
    assert.deepEqual(paths("lua-esp32"), [CP210X.path, CH340.path]);
    assert.deepEqual(paths("lua-luatos"), [CP210X.path, CH340.path, AIR780E.path]);
    // A modem, an id that is not known and a port that is not on USB are never taken for a board.
    assert.deepEqual(paths(undefined), [STM32.path, NORDIC.path, CP210X.path, CH340.path, AIR780E.path]);
  });
});

describe("a command that was given no port", () => {
  it("takes the only one that fits, and says so", async () => {
    const { taken, asked, err } = await chosen([PLAIN, MODEM, NORDIC, STM32], "1");
    assert.deepEqual({ taken, asked }, { taken: STM32.path, asked: [] });
    assert.match(err, /^\/dev\/ttyACM0: Espruino on STM32 [^\n]+, the only port that fits\n$/);
  });

  it("asks a person who is there when more than one fits", async () => {
    const { taken, asked, err } = await chosen([STM32, NORDIC, CH340], " 2 ");
    assert.deepEqual({ taken, asked }, { taken: CH340.path, asked: ["Which one? [1-2] "] });
    assert.match(err, /^1 {2}\/dev\/ttyACM0 +0483:5740 .*\n2 {2}COM7 +1a86:7523 /);
    for (const typed of ["", "0", "3", "1.5", "x"])
      await assert.rejects(chosen([STM32, CH340], typed), /no port was picked \(give its number, or --port\)/);
  });

  it("takes none by itself when nobody is there to be asked", async () => {
    const message = "/dev/ttyACM0, COM7: more than one port fits, and nobody is there to be asked (give --port)";
    await assert.rejects(chosen([STM32, CH340]), { message });
  });

  it("says in one line what to do when there is none", async () => {
    const none = "(connect it by a USB cable that carries data, or give --port)";
    await assert.rejects(chosen([PLAIN]), {
      message: `espruino-wifi is not found: no serial port on USB is there ${none}`,
      exit_code: 1,
    });
    await assert.rejects(chosen([STRANGE, MODEM]), {
      message: `espruino-wifi is not found: none of /dev/ttyACM9 dead:beef, /dev/ttyUSB3 2c7c:0296 is known as one ${none}`,
    });
  });

  it("takes Ctrl-C, Ctrl-D and the end of a terminal for a no, in one line", async () => {
    const given_up = { message: "given up at the question (run the command again to go on)", exit_code: 1 };
    for (const key of ["\x03", "\x04", undefined]) {
      const input = new PassThrough();
      const answer = askPerson("Replace it? ", input, Object.assign(new PassThrough(), { isTTY: true }));
      if (key === undefined) input.end();
      else input.write(key);
      await assert.rejects(answer, given_up, key);
    }
    const input = new PassThrough();
    const answer = askPerson("Replace it? ", input, new PassThrough());
    input.write("yes\n");
    assert.equal(await answer, "yes");
  });

  it("lists nothing when a port is given", async () => {
    const list = () => Promise.reject(new Error("listed"));
    const { workplace, output } = workplaceOf([]);
    const context = { output, exit_code: 0 };
    assert.equal(await choosePort("/dev/ttyX", WIFI, context, { ...workplace, list }), "/dev/ttyX");
    assert.equal(output.err_text, "");
  });

  it("speaks to the port that it took: flash and monitor", async function () {
    const gone = port("tcp://127.0.0.1:1", "0483:5740");
    const { workplace, output } = workplaceOf([gone]);
    const context = { output, exit_code: 0 };
    await assert.rejects(
      flash({ board: "espruino-wifi", baud: 115_200, yes: true }, context, workplace),
      /nothing answers there/,
    );
    await assert.rejects(monitor({ baud: 115_200, last: 1, once: true }, context, workplace), /nothing answers there/);
    assert.equal(output.err_text.split("the only port that fits").length, 3);
  });
});

describe("curbstop flash --list", () => {
  it("prints ports, ids, serial numbers, what they are likely to be, and which fit the board", async () => {
    const { workplace, output } = workplaceOf([STM32, CP210X, MODEM, PLAIN]);
    await flash({ board: "espruino-wifi", list: true, baud: 115_200 }, { output, exit_code: 0 }, workplace);
    const lines = output.out_text.split("\n");
    assert.match(lines[0], /^port +usb id +serial number +likely$/);
    assert.match(lines[1], /^\/dev\/ttyACM0 +0483:5740 +48A2.* Espruino on STM32 .* fits$/);
    assert.match(lines[2], /^\/dev\/ttyUSB0 +10c4:ea60 +0001 +CP210x adapter, .* fits$/);
    assert.match(lines[3], /^\/dev\/ttyUSB3 +2c7c:0296 +- +Quectel modem$/);
    assert.match(lines[4], /^\/dev\/ttyS0 +- +- +not on USB$/);
    const none = workplaceOf([]);
    await flash({ list: true, baud: 115_200 }, { output: none.output, exit_code: 0 }, none.workplace);
    assert.match(none.output.out_text, /^no serial port is there \(connect a board [^\n]+\n$/);
  });

  it("prints the same for machines", async () => {
    const { workplace, output } = workplaceOf([STM32, PLAIN]);
    await flash({ list: true, baud: 115_200, json: true }, { output, exit_code: 0 }, workplace);
    const rows = JSON.parse(output.out_text) as { path: string; likely: string; fits: boolean }[];
    assert.deepEqual(
      rows.map(({ path, fits }) => [path, fits]),
      [
        [STM32.path, true],
        [PLAIN.path, false],
      ],
    );
  });
});
