/**
 * The power goes while certificates come into a BG96, before or behind any command and in the middle of a file: the meter
 * that starts behind it, with the firmware's own driver, gets to a broker that has the old authority or the new one.
 */
import assert from "node:assert/strict";
import { createBg96 } from "../../../firmware/modem/bg96";
import { putFile } from "../../../sim/hci/bg96_files";
import { dipPower, type Bg96Module } from "../../../sim/hci/bg96_life";
import { createBg96Module } from "../../../sim/hci/bg96_module";
import { createBroker, linkTo } from "../../../sim/hci/mqtt_broker";
import { createBytePipe } from "../../../sim/pn532/pipe";
import { createTimerTwin } from "../../../sim/twins/timer";
import { keepModemTrust, type ModemTrust } from "../../../tools/provision/modem_file";
import { BG96 } from "../../firmware/modem/rig";
import { virtualTime } from "../../hal/twins";
import { RENEWED, UTILITY } from "./authorities";
import { cutLine, type Cut } from "./cut_line";

const NAME = "cacert.pem";
const OTHER_NAME = "2cacert.pem";
const PORT = "tcp://127.0.0.1:1";
const START_MS = 120_000;
/** A third authority's, as far as files go. */
const NEXT = RENEWED.replace("M", "N");

const isUpload = (command: string): boolean => command.startsWith("AT+QFUPL");

type Files = Readonly<Record<string, string>>;

function filesOf(module: Bg96Module): Files {
  return Object.fromEntries(module.files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString("latin1")]));
}

interface Kept {
  readonly files: Files;
  /** Things that were said to the module, and files that were brought there. */
  readonly commands: number;
  readonly uploads: number;
}

/** One `keepModemTrust` on a module with these files; what is in them behind it, or behind the cut. */
async function keep(files: Files, trust: ModemTrust, cut?: Cut): Promise<Kept> {
  const { queue, pass } = virtualTime();
  const pipe = createBytePipe(queue, 1000);
  const module = createBg96Module(pipe.chip, createTimerTwin(queue).port, linkTo(createBroker()));
  for (const [name, text] of Object.entries(files)) putFile(module, name, text);
  pass(1000);
  const { line, pace, count } = cutLine(module, pipe, { now_ms: () => queue.now_ms, pass }, cut);
  const kept = keepModemTrust(line, PORT, trust, pace);
  if (cut === undefined) await kept;
  else await assert.rejects(kept, /the power is gone/);
  return { files: filesOf(module), commands: count(), uploads: module.commands.filter(isUpload).length };
}

/** Whether a meter with these files gets to a broker whose certificate is this authority's. */
function connects(files: Files, authority: string): boolean {
  const { queue, pass } = virtualTime();
  const pipe = createBytePipe(queue, 1000);
  const broker = createBroker();
  broker.tls = true;
  const module = createBg96Module(pipe.chip, createTimerTwin(queue).port, linkTo(broker));
  for (const [name, text] of Object.entries(files)) putFile(module, name, text);
  module.authority = authority;
  dipPower(module);
  const modem = createBg96(pipe.host, createTimerTwin(queue).port, { ...BG96, tls: true, ca_file: NAME });
  pass(START_MS);
  return modem.state === "working";
}

/** All cuts of one `keepModemTrust`: before and behind each command, and in its files. */
async function everyCut(files: Files, trust: ModemTrust, look: (after: Files, cut: Cut) => Promise<void>) {
  const { commands, uploads } = await keep(files, trust);
  let cuts = 0;
  for (let command = 1; command <= commands; command++)
    for (const at of ["before", "behind"] as const) {
      const cut: Cut = { command, at };
      await look((await keep(files, trust, cut)).files, cut);
      cuts += 1;
    }
  for (let file = 1; file <= uploads; file++)
    for (const bytes of [1, 300, Math.min(trust.text.length, trust.other_text.length) - 30]) {
      const cut: Cut = { file, bytes };
      await look((await keep(files, trust, cut)).files, cut);
      cuts += 1;
    }
  return cuts;
}

const only = (text: string): Files => ({ [NAME]: text });
const both = (text: string, other_text: string): Files => ({ [NAME]: text, [OTHER_NAME]: other_text });
const trustIn = (text: string, other_text = text): ModemTrust => ({ name: NAME, text, other_text });

describe("a power cut while a BG96's certificates are renewed", function () {
  const renewals: [string, Files, ModemTrust, string[]][] = [
    ["the same in both", both(UTILITY, UTILITY), trustIn(RENEWED), [UTILITY, RENEWED]],
    ["of a meter from before, with one file", only(UTILITY), trustIn(RENEWED), [UTILITY, RENEWED]],
    ["of one from before that gets the next one's, too", only(UTILITY), trustIn(RENEWED, NEXT), [UTILITY, RENEWED]],
    ["behind a first half that an earlier cut left", both("-----BEGIN", UTILITY), trustIn(RENEWED), [UTILITY, RENEWED]],
    ["behind another half", both(UTILITY, UTILITY.slice(0, 99)), trustIn(RENEWED), [UTILITY, RENEWED]],
    ["for the next one to come", both(UTILITY, UTILITY), trustIn(UTILITY, RENEWED), [UTILITY]],
    ["when the next one has come", both(UTILITY, RENEWED), trustIn(RENEWED), [RENEWED]],
    ["when it has come, and another will", both(UTILITY, RENEWED), trustIn(RENEWED, NEXT), [RENEWED]],
  ];
  for (const [what, files, trust, authorities] of renewals) {
    it(`leaves the old or the new one, never none: ${what}`, async () => {
      const cuts = await everyCut(files, trust, async (after, cut) => {
        const trusted = authorities.filter((authority) => connects(after, authority));
        assert.ok(trusted.length > 0, `${JSON.stringify(cut)}: nobody is trusted`);
        const { files: done } = await keep(after, trust);
        assert.deepEqual(done, both(trust.text, trust.other_text), `${JSON.stringify(cut)}: the same again`);
      });
      assert.ok(cuts >= 20, `${cuts} cuts`);
    });
  }

  it("and a second one in the repetition leave one of them, too", async () => {
    let cuts = 0;
    await everyCut(both(UTILITY, UTILITY), trustIn(RENEWED), async (after) => {
      if (JSON.stringify(after) === JSON.stringify(both(RENEWED, RENEWED))) return;
      const { commands } = await keep(after, trustIn(RENEWED));
      for (let command = 1; command <= commands; command++) {
        const { files } = await keep(after, trustIn(RENEWED), { command, at: "behind" });
        cuts += 1;
        assert.ok(connects(files, UTILITY) || connects(files, RENEWED), JSON.stringify({ after, files }));
      }
    });
    assert.ok(cuts > 100, `${cuts} pairs`);
  });

  it("a broker that changes to the next authority is followed, and back, without anybody at the meter", () => {
    const files = both(UTILITY, RENEWED);
    assert.ok(connects(files, UTILITY) && connects(files, RENEWED));
    assert.equal(connects(files, NEXT), false);
  });
});
