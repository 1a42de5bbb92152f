/** Contracts of the ports that keep or carry bytes: nvm, service port, random, crypto. */
import assert from "node:assert/strict";
import { createCipheriv, createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Nvm } from "../../../hal/nvm";
import { PROGRAMS_UNLIMITED } from "../../../hal/nvm";
import { textOf } from "../../byte_texts";
import type { Suites } from "../contract";

function bytes(length: number, value: number): string {
  return String.fromCharCode(value).repeat(length);
}

/** Addresses and lengths that no program may take. */
function badRuns({ geometry }: Nvm): [number, number][] {
  const { size_bytes, page_bytes, word_bytes } = geometry;
  const runs: [number, number][] = [
    [-word_bytes, word_bytes],
    [size_bytes, word_bytes],
    [size_bytes - word_bytes, 2 * word_bytes],
    [0, 0],
    [page_bytes - word_bytes, 2 * word_bytes],
    [0, page_bytes + word_bytes],
  ];
  return word_bytes === 1 ? runs : [...runs, [1, word_bytes], [0, word_bytes - 1]];
}

export const MEMORY_SUITES: Pick<Suites, "nvm" | "service" | "random" | "crypto"> = {
  nvm(make) {
    it("has a geometry of whole sectors, pages and words", () => {
      const { size_bytes, sector_bytes, page_bytes, word_bytes, programs_per_erase, erase_limit } =
        make().port.geometry;
      assert.equal(size_bytes % sector_bytes, 0);
      assert.equal(sector_bytes % page_bytes, 0);
      assert.equal(page_bytes % word_bytes, 0);
      assert.ok([1, 4, 8].includes(word_bytes) && erase_limit >= 1);
      assert.ok((programs_per_erase >= 1 && programs_per_erase <= 255) || programs_per_erase === PROGRAMS_UNLIMITED);
    });

    it("reads what was programmed, and only there", () => {
      const { port } = make();
      const { word_bytes, page_bytes } = port.geometry;
      assert.equal(port.erase(0), "ok");
      const run = textOf(Array.from({ length: word_bytes }, (_, place) => (place * 37 + 5) % 256));
      assert.equal(port.program(word_bytes, run), "ok");
      assert.equal(port.read(0, 3 * word_bytes), bytes(word_bytes, 255) + run + bytes(word_bytes, 255));
      assert.equal(port.program(page_bytes, bytes(page_bytes, 0)), "ok");
      assert.equal(port.read(page_bytes, page_bytes), bytes(page_bytes, 0));
    });

    it("clears bits with a program, and sets them only where words may be programmed without limit", () => {
      const { port } = make();
      const { word_bytes, programs_per_erase } = port.geometry;
      if (programs_per_erase < 2) return;
      port.erase(0);
      assert.equal(port.program(0, bytes(word_bytes, 0x0f)), "ok");
      assert.equal(port.program(0, bytes(word_bytes, 0x3c)), "ok");
      const sets = programs_per_erase >= PROGRAMS_UNLIMITED;
      assert.equal(port.read(0, word_bytes), bytes(word_bytes, sets ? 0x3c : 0x0c));
    });

    it("refuses one program of a word too many, and changes nothing then", () => {
      const { port } = make();
      const { word_bytes, programs_per_erase } = port.geometry;
      if (programs_per_erase >= PROGRAMS_UNLIMITED) return;
      port.erase(0);
      for (let times = 0; times < programs_per_erase; times++) {
        assert.equal(port.program(0, bytes(word_bytes, 0xf0)), "ok");
      }
      assert.equal(port.program(0, bytes(2 * word_bytes, 0)), "refused");
      assert.equal(port.read(0, 2 * word_bytes), bytes(word_bytes, 0xf0) + bytes(word_bytes, 255));
      assert.equal(port.erase(0), "ok");
      assert.equal(port.program(0, bytes(word_bytes, 0)), "ok", "an erase allows it again");
    });

    it("sets every bit of one sector with an erase, and of no other", () => {
      const { port } = make();
      const { sector_bytes, word_bytes } = port.geometry;
      for (const sector of [0, 1]) {
        port.erase(sector);
        port.program((sector + 1) * sector_bytes - word_bytes, bytes(word_bytes, 0));
      }
      assert.equal(port.erase(0), "ok");
      assert.equal(port.read(0, sector_bytes), bytes(sector_bytes, 255));
      assert.equal(port.read(2 * sector_bytes - word_bytes, word_bytes), bytes(word_bytes, 0));
    });

    it("answers range to a run that is outside, misaligned, empty or over a page, and changes nothing", () => {
      const { port } = make();
      port.erase(0);
      for (const [address, length] of badRuns(port)) {
        assert.equal(port.program(address, bytes(length, 0)), "range", `${length} bytes at ${address}`);
      }
      assert.equal(port.read(0, port.geometry.sector_bytes), bytes(port.geometry.sector_bytes, 255));
    });

    it("answers range to an erase of a sector that is not there", () => {
      const { port } = make();
      for (const sector of [-1, port.geometry.size_bytes / port.geometry.sector_bytes]) {
        assert.equal(port.erase(sector), "range");
      }
    });

    it("reads nothing outside the memory", () => {
      const { port } = make();
      const { size_bytes } = port.geometry;
      assert.equal(port.read(size_bytes - 1, 1).length, 1);
      for (const [address, length] of [
        [-1, 1],
        [size_bytes, 1],
        [size_bytes - 1, 2],
        [0, 0],
        [0, size_bytes + 1],
      ]) {
        assert.equal(port.read(address, length), "");
      }
    });

    it("hands out copies: what was read stays as it is when the memory changes", () => {
      const { port } = make();
      const { word_bytes } = port.geometry;
      port.erase(0);
      const blank = port.read(0, word_bytes);
      assert.equal(port.program(0, bytes(word_bytes, 0x0f)), "ok");
      const written = port.read(0, word_bytes);
      port.erase(0);
      assert.deepEqual([blank, written], [bytes(word_bytes, 255), bytes(word_bytes, 0x0f)]);
    });

    it("computes CRC-32 as zlib does, or leaves it to the firmware", () => {
      const { crc32: native } = make().port;
      if (native === undefined) return;
      const every = textOf(Array.from({ length: 700 }, (_, place) => (place * 37 + 5) % 256));
      for (const text of ["", "123456789", bytes(16, 255), bytes(16, 0), every]) {
        assert.equal(native(text), crc32(Buffer.from(text, "latin1")));
      }
    });
  },

  service(make) {
    it("sends every byte, in order", () => {
      const { port, pass, written } = make();
      const sent = [105, 100, 32, 126, 10, 48, 10];
      assert.equal(port.write(sent), "ok");
      pass(1000);
      assert.deepEqual(written(), sent);
    });

    it("hands every byte from 0 to 255 to the last listener, in order", () => {
      const { port, type } = make();
      port.on_receive(() => assert.fail("the first listener was replaced"));
      const heard: number[] = [];
      port.on_receive((more) => heard.push(...more));
      const all = Array.from({ length: 256 }, (_, byte) => byte);
      type(all);
      assert.deepEqual(heard, all);
    });
  },

  random(make) {
    it("gives as many bytes as asked for, 1 to 256", () => {
      const { port } = make();
      for (const length of [1, 2, 16, 255, 256]) {
        const drawn = port.bytes(length);
        assert.equal(drawn.length, length);
        assert.ok(drawn.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255));
      }
    });

    it("does not repeat itself", () => {
      const { port } = make();
      assert.notDeepEqual(port.bytes(32), port.bytes(32));
    });

    it("uses the whole range", () => {
      const { port } = make();
      const seen = new Set<number>();
      for (let times = 0; times < 100; times++) for (const byte of port.bytes(256)) seen.add(byte);
      assert.equal(seen.size, 256);
    });
  },

  crypto(make) {
    it("encrypts and decrypts whole blocks in CBC mode as the standard says", () => {
      const { port } = make();
      const key = Array.from({ length: 16 }, (_, place) => place * 11);
      const initial = Array.from({ length: 16 }, (_, place) => 255 - place);
      for (const blocks of [0, 1, 3]) {
        const data = Array.from({ length: 16 * blocks }, (_, place) => (place * 7) % 256);
        const cipher = createCipheriv("aes-128-cbc", Buffer.from(key), Buffer.from(initial)).setAutoPadding(false);
        const encrypted = [...Buffer.concat([cipher.update(Buffer.from(data)), cipher.final()])];
        assert.deepEqual(port.aes_cbc_encrypt(key, initial, data), encrypted);
        assert.deepEqual(port.aes_cbc_decrypt(key, initial, encrypted), data);
      }
    });

    it("has SHA-256 as the standard says, or none", () => {
      const { sha256 } = make().port;
      const data = Array.from({ length: 48 }, (_, place) => (place * 7) % 256);
      if (sha256 !== undefined)
        assert.deepEqual(sha256(data), [...createHash("sha256").update(Buffer.from(data)).digest()]);
    });
  },
};
