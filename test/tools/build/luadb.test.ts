import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findOnPath } from "../../../sim/engines/child";
import { packLuadb, readLuadb, type PackedFile } from "../../../tools/build/luadb";
import { answerOf } from "../captured_output";

const SAMPLE: readonly PackedFile[] = [
  { name: "main.lua", bytes: Buffer.from("return {}\n") },
  { name: "nothing.bin", bytes: Buffer.alloc(0) },
];

function mount(path: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync("lua5.3", [join(__dirname, "luadb_mount.lua"), path], { encoding: "utf8" });
}

describe("a LuaDB package", () => {
  it("has the bytes that LuatOS's documents and its own packer say", () => {
    const packed = packLuadb([{ name: "a.lua", bytes: Buffer.from("x=1") }]);
    const head = "01045aa55aa5 02020200 030418000000 04020200 fe02";
    const file = "01045aa55aa5 0205612e6c7561 030403000000 fe02";
    const last = `01045aa55aa5 0214${Buffer.from(".airm2m_all_crc#.bin").toString("hex")} 030410000000 fe02`;
    const sum = (hex: string): string => {
      const total = [...Buffer.from(hex, "hex")].reduce((all, byte) => all + byte, 0);
      return Buffer.from([total % 256, Math.floor(total / 256)]).toString("hex");
    };
    const summed = (hex: string): string => hex.replaceAll(" ", "") + sum(hex.replaceAll(" ", ""));
    const hashed = `${summed(head)}${summed(file)}783d31${summed(last)}`;
    const md5 = createHash("md5").update(Buffer.from(hashed, "hex")).digest("hex");
    assert.equal(packed.toString("hex"), hashed + md5);
  });

  it("gives back what was put in", () => {
    assert.deepEqual(readLuadb(packLuadb(SAMPLE)), SAMPLE);
  });

  it("is refused, and harms nobody, with any of its bytes changed or its end missing", () => {
    const packed = packLuadb(SAMPLE);
    for (let place = 0; place < packed.length; place++) {
      for (const change of [1, 0x80, 0xff]) {
        const spoilt = Buffer.from(packed);
        spoilt[place] ^= change;
        assert.ok("fault" in readLuadb(spoilt), `byte ${place}`);
      }
      assert.ok("fault" in readLuadb(packed.subarray(0, place)), `${place} bytes`);
    }
    assert.ok("fault" in readLuadb(Buffer.concat([packed, Buffer.from([0])])), "a byte too many");
  });

  it("is not made with names or sizes that LuatOS would not take", () => {
    const one = (name: string, length = 1): readonly PackedFile[] => [{ name, bytes: Buffer.alloc(length) }];
    assert.throws(() => packLuadb(one("a".repeat(32))), /is no name of a file/);
    assert.throws(() => packLuadb(one("")), /is no name of a file/);
    assert.throws(() => packLuadb(one("main.lua", 1 << 20)), /more than LuatOS takes/);
    assert.throws(() => packLuadb([]), /a LuaDB of 0 files/);
  });
});

describe("script.bin of lua-luatos", function () {
  let folder = "";
  let files: string[] = [];

  before(async function () {
    if (findOnPath("lua5.3") === undefined) return this.skip();
    folder = mkdtempSync(join(tmpdir(), "curbstop-luadb-"));
    const { out } = await answerOf("build", "--board", "lua-luatos", "--out", folder, "--json");
    files = (JSON.parse(out) as { files: string[] }).files;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("is mounted as LuatOS mounts it, and its main.lua runs", () => {
    const { stdout, stderr, status } = mount(join(folder, "script.bin"));
    assert.equal(stderr, "");
    assert.equal(status, 0);
    const [project, main, last, exports, said] = stdout.trimEnd().split("\n");
    assert.match(project, /^curbstop\t\d+\.\d+\.\d+$/);
    assert.equal(main, `main.lua\t${readFileSync(join(folder, "main.lua")).length}`);
    assert.equal(last, ".airm2m_all_crc#.bin\t16");
    assert.match(exports, /\bstart\b/);
    assert.match(said, /^firmware=\S+ .* meter=none not started$/);
  });

  it("holds main.lua to the byte, and is among the files that the build names", () => {
    const read = readLuadb(readFileSync(join(folder, "script.bin")));
    assert.ok(!("fault" in read));
    assert.deepEqual(read, [{ name: "main.lua", bytes: readFileSync(join(folder, "main.lua")) }]);
    assert.ok(files.includes(join(folder, "script.bin")));
  });

  it("is not mounted when its magic is spoilt: the stand-in for LuatOS can say no", () => {
    const spoilt = readFileSync(join(folder, "script.bin"));
    spoilt[2] ^= 1;
    const path = join(folder, "spoilt.bin");
    writeFileSync(path, spoilt);
    const { stderr, status } = mount(path);
    assert.notEqual(status, 0);
    assert.match(stderr, /Magic not match/);
  });

  it("is written by flash too, which says in one line what brings it onto the board", async () => {
    const { exit_code, out, err } = await answerOf("flash", "--board", "lua-luatos", "--port", "tcp://127.0.0.1:1");
    assert.deepEqual({ exit_code, out }, { exit_code: 1, out: "" });
    assert.match(err, /^curbstop: lua-luatos: [^\n]*LuaTools[^\n]*main\.lua[^\n]*\n$/);
    const path = /give it (\S+main\.lua);/.exec(err)?.[1] ?? "";
    assert.ok(readFileSync(path).equals(readFileSync(join(folder, "main.lua"))));
  });
});
