import assert from "node:assert/strict";
import { readBoard } from "../../../tools/build/board_file";
import { bootFileText, slotsOfBootFile } from "../../../tools/flash/boot_file";
import {
  bodyText,
  fileBytes,
  HEADER_BYTES,
  headerText,
  readHeader,
  slotInFile,
  slotsInArea,
  type Slot,
} from "../../../tools/flash/slots";

const HEADER = { sequence: 7, length_bytes: 62_979, crc: 2_910_486_618 };
const PAGE = 4096;

describe("slots of a board's flash", () => {
  it("spell a header byte by byte as the comment says", () => {
    // CRC-32 of the first 28 characters, by zlib of Python
    assert.equal(headerText(HEADER), "CSB1000000070000f603ad7a805a58add2a0".padEnd(64, " "));
    assert.deepEqual(readHeader(headerText(HEADER)), HEADER);
  });

  it("take a header that is torn at any byte, or spoilt in any bit, for none", () => {
    const text = headerText(HEADER).slice(0, 36);
    for (let at = 0; at < text.length; at++) {
      assert.equal(readHeader(text.slice(0, at).padEnd(64, "\xff")), undefined, `torn at ${at}`);
      for (let bit = 0; bit < 8; bit++) {
        const spoilt = String.fromCharCode(text.charCodeAt(at) ^ (1 << bit));
        assert.equal(readHeader(text.slice(0, at) + spoilt + text.slice(at + 1)), undefined, `bit ${bit} of ${at}`);
      }
    }
    assert.equal(readHeader(""), undefined);
    assert.equal(readHeader("\xff".repeat(64)), undefined);
  });

  it("refuse a sequence that would come round, and a bundle of no length", () => {
    assert.throws(() => headerText({ ...HEADER, sequence: 0xffff_ffff }));
    assert.throws(() => headerText({ ...HEADER, sequence: 0 }));
    assert.throws(() => headerText({ ...HEADER, length_bytes: 0 }));
  });

  it("fill a bundle up to whole words", () => {
    for (let length = 1; length < 9; length++) {
      const body = bodyText("x".repeat(length));
      assert.equal(body.length % 4, 0);
      assert.equal(body.trimEnd(), "x".repeat(length));
    }
  });

  it("lie on whole pages inside of their file, whatever the file's address", () => {
    for (let address = 0x310_020; address < 0x310_020 + 3 * PAGE; address += 52) {
      const slot = slotInFile("curbstop.a", address, 9 * PAGE, PAGE);
      assert.equal(slot.address % PAGE, 0);
      assert.equal(slot.address - slot.from, address);
      assert.ok(slot.address >= address && slot.address + slot.size_bytes <= address + 9 * PAGE);
      assert.ok(slot.size_bytes >= 8 * PAGE);
    }
  });

  it("are two files only where Storage has room for two, with some to spare", () => {
    const least = HEADER_BYTES + 62_980;
    assert.equal(fileBytes(81_920, PAGE, least), 0, "RAK5010");
    assert.equal(fileBytes(65_536, 65_536, least), 0, "Espruino WiFi");
    const each = fileBytes(917_504, PAGE, least);
    assert.equal(each, 65 * PAGE, "ESP32: no larger than a slot may be, and a page for its place");
    assert.ok(fileBytes(262_144, 1024, least) * 2 < 262_144);
  });

  it("go to the top of free flash where Storage is too small, apart from each other", () => {
    const slots = slotsInArea({ addr: 0x9_0010, length: 280 * 1024 }, PAGE, 70_000);
    assert.ok(slots !== undefined);
    const [first, second] = slots;
    assert.equal(first.address + first.size_bytes, second.address);
    assert.ok(first.address >= 0x9_0010 && second.address + second.size_bytes <= 0x9_0010 + 280 * 1024);
    assert.deepEqual([first.address % PAGE, second.address % PAGE], [0, 0]);
    assert.equal(slotsInArea({ addr: 0x9_0010, length: 100 * 1024 }, PAGE, 70_000), undefined);
  });

  it("are read from a boot file of ours, and from no other text", () => {
    const slot = (file: string, from: number): Slot => ({ file, from, address: 0x1000_0000 + from, size_bytes: 8192 });
    const slots: [Slot, Slot] = [slot("curbstop.a", 992), slot("", 960)];
    const text = bootFileText(slots, readBoard("espruino-rak5010"));
    assert.deepEqual(slotsOfBootFile(text), slots);
    for (const other of [
      "",
      "print(1)",
      text.slice(1),
      '//curbstop boot 1 [{"file":"x"}]\n',
      "//curbstop boot 1 [}]\n",
    ])
      assert.equal(slotsOfBootFile(other), undefined, other.slice(0, 40));
    assert.equal(slotsOfBootFile(text.replace("curbstop.a", 'a\\");evil(')), undefined);
    for (let at = 0; at < text.length; at++) {
      assert.equal(slotsOfBootFile(text.slice(0, at)), undefined, `cut at ${at}`);
      assert.equal(slotsOfBootFile(text.slice(0, at).padEnd(text.length, "\xff")), undefined, `torn at ${at}`);
    }
  });
});
