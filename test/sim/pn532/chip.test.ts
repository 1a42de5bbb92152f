/** The PN532 emulator, command by command and fault by fault, without the driver. */
import assert from "node:assert/strict";
import {
  ackFrame,
  createFrameParser,
  informationFrame,
  nackFrame,
  takeBytes,
  TFI_FROM_CHIP,
  TFI_TO_CHIP,
} from "../../../firmware/reader/pn532_frames";
import type { Pn532Chip } from "../../../sim/pn532/chip";
import { createPn532Chip, cutChip, insertCard, removeCard, setSilent } from "../../../sim/pn532/chip";
import { createBytePipe } from "../../../sim/pn532/pipe";
import { createTimerTwin } from "../../../sim/twins/timer";
import { countingCard, UID } from "../../firmware/reader/rig";
import { virtualTime } from "../../hal/twins";

const hex = (text: string): number[] => [...Buffer.from(text.replaceAll(" ", ""), "hex")];
const text = (bytes: number[]): string => Buffer.from(bytes).toString("hex");

interface Host {
  chip: Pn532Chip;
  write: (bytes: number[]) => void;
  pass: (span_ms: number) => void;
  /** What came since the last call: "ack", "error", or the data in hex. */
  heard: () => string[];
  /** Sends a command, and hears all that comes of it. */
  ask: (command: string) => string[];
}

function host(awake = true): Host {
  const { queue, pass } = virtualTime();
  const pipe = createBytePipe(queue, 1000);
  const chip = createPn532Chip(pipe.chip, createTimerTwin(queue).port);
  let heard: string[] = [];
  const parser = createFrameParser(TFI_FROM_CHIP, (kind, data) => heard.push(kind === "data" ? text(data) : kind));
  pipe.host.on_bytes((bytes) => {
    takeBytes(parser, bytes);
  });
  const take = (): string[] => {
    const all = heard;
    heard = [];
    return all;
  };
  const write = (bytes: number[]): void => {
    pipe.host.write(bytes);
  };
  if (awake) write([0x55, 0x55, 0, 0, 0]);
  pass(5);
  const ask = (command: string): string[] => {
    write(informationFrame(TFI_TO_CHIP, hex(command)));
    pass(500);
    return take();
  };
  return { chip, write, pass, heard: take, ask };
}

describe("the PN532 emulator", () => {
  it("sleeps after power-up, after a power cut and in PowerDown, until it is woken", () => {
    const { chip, write, pass, ask } = host(false);
    const asleep = (): void => assert.deepEqual(ask("02"), []);
    const wake = (): void => {
      write([0x55, 0, 0]);
      pass(5);
      assert.deepEqual(ask("02"), ["ack", "0332010607"]);
    };
    asleep();
    wake();
    cutChip(chip);
    asleep();
    wake();
    assert.deepEqual(ask("16 F0"), ["ack", "1700"]);
    asleep();
    wake();
  });

  const answers: [string, string, string][] = [
    ["GetFirmwareVersion", "02", "0332010607"],
    ["SAMConfiguration", "14 01", "15"],
    ["SetParameters", "12 14", "13"],
    ["RFConfiguration of the field", "32 01 01", "33"],
    ["RFConfiguration of the retries", "32 05 FF 01 00", "33"],
    ["RFConfiguration of the timings", "32 02 00 0B 0A", "33"],
    ["Diagnose of the line", "00 00 6C 69 62 6E 66 63", "01006c69626e6663"],
    ["Diagnose of ROM", "00 01", "0100"],
    ["Diagnose of RAM", "00 02", "0100"],
    ["Diagnose of a card that is not there", "00 06", "0101"],
    ["GetGeneralStatus without a card", "04", "0500000080"],
    ["ReadRegister of two never written", "06 63 05 63 0D", "070000"],
    ["InSelect of an unknown target", "54 01", "5527"],
    ["InRelease of all", "52 00", "5300"],
    ["InDataExchange without a target", "40 01 90 60 00 00 00", "4127"],
    ["InCommunicateThru without a card", "42 B2", "4301"],
  ];
  for (const [name, command, answer] of answers) {
    it(`answers ${name} as the manual says`, () => {
      assert.deepEqual(host().ask(command), ["ack", answer]);
    });
  }

  it("acknowledges an unknown or too short command, then says error", () => {
    for (const command of ["99", "4A", "32 01", "00 77", "40", "4A 03 00"]) {
      assert.deepEqual(host().ask(command), ["ack", "error"], command);
    }
  });

  it("keeps what is written to registers, until its power is cut", () => {
    const { chip, ask, write, pass } = host();
    assert.deepEqual(ask("08 63 3D 00 63 02 83"), ["ack", "09"]);
    assert.deepEqual(ask("06 63 02 63 3D"), ["ack", "078300"]);
    cutChip(chip);
    write([0x55]);
    pass(1);
    assert.deepEqual(ask("06 63 02"), ["ack", "0700"]);
  });

  it("finds a DESFire EV1 by its ATQA, SAK, UID and ATS, and no other type of card", () => {
    const { chip, ask } = host();
    insertCard(chip, countingCard());
    ask("32 05 FF 01 01");
    assert.deepEqual(ask("4A 01 00"), ["ack", `4b010103442007${text(UID)}067577810280`]);
    assert.deepEqual(ask("04"), ["ack", "050001010100000080"]);
    assert.deepEqual(ask("54 01"), ["ack", "5500"]);
    assert.deepEqual(ask("00 06"), ["ack", "0100"]);
    for (const type of ["01 00 FF FF 00 00", "02 00 FF FF 00 00", "03 00", "04"]) {
      assert.deepEqual(ask(`4A 01 ${type}`), ["ack", "4b00"]);
    }
  });

  it("finds only the card whose UID is asked for, cascade tag and all", () => {
    const { chip, ask } = host();
    insertCard(chip, countingCard());
    ask("32 05 FF 01 01");
    assert.equal(ask(`4A 01 00 88 ${text(UID)}`)[1].slice(0, 4), "4b01");
    assert.deepEqual(ask("4A 01 00 88 04 01 02 03 04 05 06"), ["ack", "4b00"]);
    assert.deepEqual(ask("4A 01 00 88 04"), ["ack", "4b00"]);
  });

  it("waits for a card for ever when told so, and gives up on the host's ACK", () => {
    const { chip, ask, write, pass, heard } = host();
    assert.deepEqual(ask("4A 01 00"), ["ack"], "255 tries is for ever");
    pass(60_000);
    assert.deepEqual(heard(), []);
    insertCard(chip, countingCard());
    pass(100);
    assert.equal(heard()[0].slice(0, 4), "4b01");
    removeCard(chip);
    ask("4A 01 00");
    write(ackFrame());
    pass(5);
    insertCard(chip, countingCard());
    pass(1000);
    assert.deepEqual(heard(), []);
  });

  it("exchanges APDUs, longer answers and commands in parts, and says 01 when the card is mute", () => {
    const { chip, ask } = host();
    const card = countingCard();
    insertCard(chip, card);
    ask("4A 01 00");
    assert.deepEqual(ask("40 01 90 60 00 00 00"), ["ack", "41000190600000009100"]);
    chip.memory.exchange_data_max_bytes = 4;
    assert.deepEqual(ask("40 01 AA BB"), ["ack", "414002aabb91"]);
    assert.deepEqual(ask("40 01"), ["ack", "410000"]);
    assert.deepEqual(ask("40 41 AA"), ["ack", "4100"]);
    assert.deepEqual(ask("40 01 BB"), ["ack", "414003aabb91"]);
    assert.deepEqual(card.asked, [hex("9060000000"), hex("AABB"), hex("AABB")]);
    card.mute = true;
    assert.deepEqual(ask("40 01 CC"), ["ack", "4101"]);
  });

  it("passes blocks through: R(NAK), I-block, S(DESELECT), and RATS where the chip does not send it", () => {
    const { chip, ask } = host();
    const card = countingCard();
    insertCard(chip, card);
    ask("12 04");
    assert.equal(ask("4A 01 00")[1], `4b010103442007${text(UID)}`);
    assert.deepEqual(ask("42 B2"), ["ack", "4301"]);
    assert.deepEqual(ask("42 E0 50"), ["ack", "4300067577810280"]);
    assert.deepEqual(ask("42 B2"), ["ack", "4300a2"]);
    assert.deepEqual(ask("42 02 90 60"), ["ack", "4300020190609100"]);
    assert.deepEqual(ask("42 C2"), ["ack", "4300c2"]);
    assert.deepEqual([ask("42 B2"), card.lost], [["ack", "4301"], 1]);
  });

  it("lets no card of type A answer in the framing of another type", () => {
    const { chip, ask } = host();
    insertCard(chip, countingCard());
    ask("4A 01 00");
    ask("08 63 02 83");
    assert.deepEqual(ask("42 B2"), ["ack", "4301"]);
  });

  it("takes the card's session when it is released, when the field goes off, at power down and power cut", () => {
    for (const end of ["52 00", "52 01", "44 00", "32 01 00", "16 F0", "4A 01 00"]) {
      const { chip, ask } = host();
      const card = countingCard();
      insertCard(chip, card);
      ask("4A 01 00");
      ask(end);
      assert.equal(card.lost, 1, end);
    }
    const { chip, ask } = host();
    const card = countingCard();
    insertCard(chip, card);
    ask("4A 01 00");
    cutChip(chip);
    assert.equal(card.lost, 1);
  });

  it("sends its last answer again on a NACK, but nothing while there is none", () => {
    const { chip, ask, write, pass, heard } = host();
    write(nackFrame());
    pass(10);
    assert.deepEqual(heard(), []);
    ask("02");
    write(nackFrame());
    pass(10);
    assert.deepEqual(heard(), ["0332010607"]);
    ask("99");
    write(nackFrame());
    pass(10);
    assert.deepEqual(heard(), ["error"]);
    chip.slow_ms = 100;
    write(informationFrame(TFI_TO_CHIP, [2]));
    pass(20);
    write(nackFrame());
    pass(20);
    assert.deepEqual(heard(), ["ack"]);
  });

  it("drops the command under way for a new one", () => {
    const { chip, write, pass, heard } = host();
    chip.slow_ms = 50;
    write(informationFrame(TFI_TO_CHIP, [2]));
    pass(20);
    write(informationFrame(TFI_TO_CHIP, [0x14, 1]));
    pass(200);
    assert.deepEqual(heard(), ["ack", "ack", "15"]);
  });

  it("passes over a command with a wrong sum, and over frames of its own direction", () => {
    const { write, pass, heard } = host();
    const frame = informationFrame(TFI_TO_CHIP, [2]);
    frame[6] = 4;
    write(frame);
    write(informationFrame(TFI_FROM_CHIP, [2]));
    pass(100);
    assert.deepEqual(heard(), []);
  });

  it("can be made silent, slow, without ACK, and wrong in its sums", () => {
    const { chip, ask, write, pass, heard } = host();
    setSilent(chip, true);
    assert.deepEqual(ask("02"), []);
    setSilent(chip, false);
    chip.acks_lost = 1;
    assert.deepEqual(ask("02"), ["0332010607"]);
    chip.wrong_sums = 1;
    assert.deepEqual(ask("02"), ["ack", "damaged"]);
    write(nackFrame());
    pass(10);
    assert.deepEqual(heard(), ["0332010607"]);
    chip.slow_ms = 600;
    assert.deepEqual(ask("02"), ["ack"]);
    pass(200);
    assert.deepEqual(heard(), ["0332010607"]);
  });

  it("pulls the card at any byte: behind its last command byte it has done what it was told", () => {
    for (let bytes = 0; bytes <= 8; bytes++) {
      const { chip, ask } = host();
      const card = countingCard();
      insertCard(chip, card);
      ask("4A 01 00");
      chip.field.bytes_to_pull = bytes;
      // Three bytes go there, and six would come back.
      assert.deepEqual(ask("40 01 AA BB CC"), ["ack", "4101"]);
      assert.deepEqual([card.asked.length, card.lost, chip.field.card], [bytes < 3 ? 0 : 1, 1, undefined]);
    }
  });
});
