/**
 * The BG96 emulator at its line, byte by byte as the module's documents have it (firmware/modem/bg96_commands.ts cites
 * them); our driver is not here.
 */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { putCertificate } from "../../../sim/hci/bg96_files";
import { createBg96Module } from "../../../sim/hci/bg96_module";
import { dipPower, pressPowerKey, type Bg96Module } from "../../../sim/hci/bg96_life";
import { createBroker, linkTo, publishTo, type Broker } from "../../../sim/hci/mqtt_broker";
import { createBytePipe } from "../../../sim/pn532/pipe";
import { createTimerTwin } from "../../../sim/twins/timer";
import { virtualTime } from "../../hal/twins";

const SETTLE_MS = 5000;

interface Terminal {
  module: Bg96Module;
  broker: Broker;
  published: string[];
  /** Types, waits, and gives what the module has said meanwhile. */
  type: (text: string, span_ms?: number) => string;
}

function terminal(): Terminal {
  const { queue, pass } = virtualTime();
  const pipe = createBytePipe(queue, 1000);
  const broker = createBroker();
  const published: string[] = [];
  broker.on_publish = (topic, payload) => published.push(`${topic} ${Buffer.from(payload).toString("latin1")}`);
  const module = createBg96Module(pipe.chip, createTimerTwin(queue).port, linkTo(broker));
  let said = "";
  pipe.host.on_bytes((bytes) => (said += Buffer.from(bytes).toString("latin1")));
  const type = (text: string, span_ms = SETTLE_MS): string => {
    said = "";
    if (text !== "") pipe.host.write([...Buffer.from(text, "latin1")]);
    pass(span_ms);
    return said;
  };
  return { module, broker, published, type };
}

function connected(): Terminal {
  const one = terminal();
  for (const command of ["ATE0", 'AT+QICSGP=1,1,"iot","","",0', "AT+CEREG?", "AT+QIACT=1"]) one.type(`${command}\r`);
  assert.equal(one.type('AT+QMTOPEN=0,"broker.example",1883\r'), "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n");
  assert.equal(one.type('AT+QMTCONN=0,"meter-1"\r'), "\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n");
  assert.equal(one.type('AT+QMTSUB=0,1,"a/down",1\r'), "\r\nOK\r\n\r\n+QMTSUB: 0,1,0,1\r\n");
  return one;
}

describe("the BG96 emulator at its line", () => {
  it("echoes until it is told not to, and says who it is", () => {
    const { type } = terminal();
    assert.equal(type("AT\r"), "AT\r\r\nOK\r\n");
    assert.equal(type("ATE0\r"), "ATE0\r\r\nOK\r\n");
    assert.equal(type("AT+CGMM\r\n"), "\r\nBG96\r\n\r\nOK\r\n");
    assert.equal(type("AT+NONE\r"), "\r\nERROR\r\n");
  });

  it("searches before it is registered, and has no address before that", () => {
    const { type, module } = terminal();
    type("ATE0\r", 100);
    assert.equal(type("AT+CEREG?\r", 100), "\r\n+CEREG: 0,2\r\n\r\nOK\r\n");
    type('AT+QICSGP=1,1,"iot","","",0\r', 100);
    assert.equal(type("AT+QIACT=1\r"), "\r\nERROR\r\n");
    assert.equal(type("AT+CEREG?\r"), "\r\n+CEREG: 0,1\r\n\r\nOK\r\n");
    assert.equal(type("AT+QMTOPEN=0,\"broker.example\",1883\r"), "\r\nOK\r\n\r\n+QMTOPEN: 0,-1\r\n"); // prettier-ignore
    module.registration = 3;
    assert.equal(type("AT+CEREG?\r"), "\r\n+CEREG: 0,3\r\n\r\nOK\r\n");
  });

  it("publishes what stands between prompt and Ctrl-Z, a line feed behind the command with it", () => {
    const { type, published } = connected();
    assert.equal(type('AT+QMTPUB=0,7,1,0,"a/up"\r'), "\r\n> ");
    assert.equal(type("00FF\x1a"), "\r\nOK\r\n\r\n+QMTPUB: 0,7,0\r\n");
    assert.equal(type('AT+QMTPUB=0,8,1,0,"a/up"\r\n'), "\r\n> ");
    type("01\x1a");
    assert.deepEqual(published, ["a/up 00FF", "a/up \n01"]);
  });

  it("ESC cancels a payload, a minute's silence does, and too long a one is refused", () => {
    const { type, published } = connected();
    type('AT+QMTPUB=0,1,1,0,"a/up"\r');
    assert.equal(type("00FF\x1bAT\r"), "\r\nOK\r\n\r\nOK\r\n");
    type('AT+QMTPUB=0,2,1,0,"a/up"\r');
    assert.match(type("00", 60_000), /ERROR/);
    type('AT+QMTPUB=0,3,1,0,"a/up"\r');
    assert.equal(type(`${"0".repeat(1549)}\x1a`), "\r\nERROR\r\n");
    assert.deepEqual(published, []);
    type('AT+QMTPUB=0,4,1,0,"a/up"\r');
    assert.match(type(`${"0".repeat(1548)}\x1a`), /\+QMTPUB: 0,4,0/);
  });

  it("a message that nobody acknowledges has failed after half a minute", () => {
    const { type, broker } = connected();
    broker.deaf = true;
    type('AT+QMTPUB=0,1,1,0,"a/up"\r');
    assert.equal(type("00\x1a", 29_000), "\r\nOK\r\n");
    assert.equal(type("", 3000), "\r\n+QMTPUB: 0,1,2\r\n");
  });

  it("hands messages of its topics on as they are, while it is connected", () => {
    const { type, broker, module } = connected();
    publishTo(broker, "a/down", 'say "0A"');
    publishTo(broker, "b/down", "0B");
    assert.equal(type(""), '\r\n+QMTRECV: 0,1,"a/down","say "0A""\r\n');
    dipPower(module);
    publishTo(broker, "a/down", "0C");
    assert.equal(type("", 20_000), "\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n\r\nAPP RDY\r\n");
    assert.equal(broker.connections.length, 0);
    assert.equal(type("AT+QMTCONN?\r"), "AT+QMTCONN?\r\r\nOK\r\n", "it has forgotten all, ATE0 with it");
  });

  it("ends the connection of another under its name, and tells it so", () => {
    const { type, broker } = connected();
    const other = linkTo(broker);
    other.connect("meter-1", "", "", (code) => assert.equal(code, 0));
    assert.equal(type(""), "\r\n+QMTSTAT: 0,1\r\n");
    assert.match(type('AT+QMTPUB=0,1,1,0,"a/up"\r'), /ERROR/);
  });

  it("sleeps when its active time is over, says so when asked to, and wakes at its power key", () => {
    const { type, module } = connected();
    type('AT+QCFG="psm/urc",1\r');
    type('AT+CPSMS=1,,,"00000001","00100010"\r', 100);
    assert.equal(type("", 119_000), "");
    assert.equal(type("", 2000), "\r\nPSM POWER DOWN\r\n");
    assert.equal(type("AT\r"), "");
    pressPowerKey(module);
    assert.match(type("", 10_000), /^\r\nRDY\r\n/);
    pressPowerKey(module);
    assert.equal(type(""), "\r\nPOWERED DOWN\r\n");
  });
});

/** A file's text, as the module keeps it. */
function stored({ module }: Terminal, name: string): string | undefined {
  const file = module.files.find((one) => one.name === name);
  return file === undefined ? undefined : Buffer.from(file.bytes).toString("latin1");
}

function quiet(): Terminal {
  const one = terminal();
  one.type("ATE0\r");
  return one;
}

describe("the BG96 emulator's storage", () => {
  it("takes a file of the size that was said, says its sum, and gives it back", () => {
    const one = quiet();
    assert.equal(one.type('AT+QFUPL="test.txt",10\r'), "\r\nCONNECT\r\n");
    // 0x6162 ^ 0x6364 ^ 0x6566 ^ 0x6768 ^ 0x696a
    assert.equal(one.type("abcdefghij"), "\r\n+QFUPL: 10,6962\r\n\r\nOK\r\n");
    assert.equal(one.type('AT+QFLST="test.txt"\r'), '\r\n+QFLST: "test.txt",10\r\n\r\nOK\r\n');
    const given = "\r\nCONNECT\r\nabcdefghij\r\n+QFDWL: 10,6962\r\n\r\nOK\r\n";
    assert.equal(one.type('AT+QFDWL="test.txt"\r'), given);
    assert.equal(one.type("AT+QFLDS\r"), "\r\n+QFLDS: 10,1\r\n\r\nOK\r\n");
    assert.equal(one.type('AT+QFLDS="UFS"\r'), "\r\n+QFLDS: 14483446,14483456\r\n\r\nOK\r\n");
    assert.equal(one.type('AT+QFDEL="test.txt"\r'), "\r\nOK\r\n");
    assert.equal(one.type("AT+QFLST\r"), "\r\nOK\r\n");
  });

  it("says the sums that modules said of two public authorities", () => {
    const known = { "Amazon Root CA 1": "1188,2d13", "ISRG Root X1": "1939,4f64" };
    for (const [name, said] of Object.entries(known)) {
      const found = rootCertificates.map((text) => new X509Certificate(text)).find((one) => one.subject.endsWith(name));
      assert.ok(found !== undefined, `Node still trusts ${name}`);
      const text = found.toString();
      const one = quiet();
      one.type(`AT+QFUPL="ca.pem",${text.length},60\r`);
      assert.equal(one.type(text), `\r\n+QFUPL: ${said}\r\n\r\nOK\r\n`, name);
    }
  });

  it("puts an odd last byte into the high half of the sum, and leaves leading zeros out", () => {
    const one = quiet();
    one.type('AT+QFUPL="odd",3\r');
    assert.equal(one.type("ab\x61"), "\r\n+QFUPL: 3,62\r\n\r\nOK\r\n");
  });

  it("acknowledges each 1,024 bytes when it was told to, and echoes none of them", () => {
    const one = terminal();
    one.type('AT+QFUPL="ca.pem",2500,60,1\r');
    assert.equal(one.type("x".repeat(1023)), "");
    assert.equal(one.type("x"), "A");
    assert.equal(one.type("x".repeat(1024)), "A");
    assert.match(one.type("x".repeat(452)), /^\r\n\+QFUPL: 2500,0\r\n/);
  });

  it("refuses what the manual refuses, by number", () => {
    const one = quiet();
    putCertificate(one.module, "ca.pem");
    const refused: Record<string, number> = {
      'AT+QFUPL="ca.pem",10': 407,
      'AT+QFUPL="b",0': 400,
      'AT+QFUPL="b",many': 400,
      'AT+QFUPL="b",10,0': 400,
      'AT+QFUPL="b",10,5,2': 400,
      'AT+QFUPL="",10': 406,
      [`AT+QFUPL="${"b".repeat(81)}",10`]: 406,
      'AT+QFLST="b"': 405,
      'AT+QFDEL="b"': 405,
      'AT+QFDWL="b"': 405,
    };
    for (const [command, code] of Object.entries(refused))
      assert.equal(one.type(`${command}\r`), `\r\n+CME ERROR: ${code}\r\n`, command);
    one.module.space_bytes = 100;
    assert.equal(one.type('AT+QFUPL="b",100\r'), "\r\n+CME ERROR: 420\r\n");
    assert.equal(one.module.files.length, 1);
  });

  it("gives an upload up when nothing comes, or at three + in silence, and keeps what came", () => {
    const one = quiet();
    one.type('AT+QFUPL="a",100,5\r');
    assert.equal(one.type("half", 4000), "");
    assert.equal(one.type("more", 4000), "", "the time runs from the last byte");
    assert.equal(one.type("", 2000), "\r\n+CME ERROR: 421\r\n");
    assert.equal(stored(one, "a"), "halfmore");
    one.type('AT+QFUPL="b",100,60\r');
    one.type("a+++b+", 2000);
    assert.equal(one.type("+++", 500), "");
    assert.match(one.type("", 1000), /^\r\n\+QFUPL: 6,/);
    assert.equal(stored(one, "b"), "a+++b+");
    assert.equal(one.type("AT\r"), "\r\nOK\r\n");
  });

  it("keeps its files when the power goes, the half of one that was coming with them", () => {
    const one = quiet();
    putCertificate(one.module, "old.pem");
    one.type('AT+QFUPL="new.pem",100,60\r');
    one.module.stops_after = 20;
    one.type("x".repeat(100), 20_000);
    assert.equal(stored(one, "new.pem"), "x".repeat(20));
    assert.match(one.type('AT+QFLST="old.pem"\r'), /"old\.pem",59\r\n/);
  });

  it("loses bytes and spoils them when its line is bad", () => {
    const one = quiet();
    Object.assign(one.module, { lost_bytes: 2 });
    one.type('AT+QFUPL="a",4,5\r');
    assert.equal(one.type("abcd", 4000), "");
    assert.match(one.type("", 2000), /421/);
    assert.equal(stored(one, "a"), "cd");
    Object.assign(one.module, { bad_bytes: 1 });
    one.type('AT+QFUPL="b",4,5\r');
    assert.equal(one.type("abcd"), "\r\n+QFUPL: 4,306\r\n\r\nOK\r\n");
  });
});
