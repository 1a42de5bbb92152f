import assert from "node:assert/strict";
import fc from "fast-check";
import { sampleStaTables, staDecrypt, staEncrypt, tablesFault, type StaTables } from "../../../firmware/crypto/sta";

const bytes = (hex: string) => [...Buffer.from(hex, "hex")];
const eight = fc.array(fc.nat(255), { minLength: 8, maxLength: 8 });

/** The second form in which the standard gives it: deciphering, with the key as it is, turned to the right. */
function specifiedDecrypt({ first, second, permutation }: StaTables, key: number[], block: number[]): number[] {
  const mask = (1n << 64n) - 1n;
  const whole = (of: number[]) => BigInt(`0x${Buffer.from(of).toString("hex")}`);
  let k = whole(key);
  let data = whole(block);
  for (let round = 0; round < 16; round++) {
    let moved = 0n;
    permutation.forEach((to, from) => (moved |= ((data >> BigInt(to)) & 1n) << BigInt(from)));
    let out = 0n;
    for (let nibble = 0; nibble < 16; nibble++) {
      const value = Number((moved >> BigInt(4 * nibble)) & 15n);
      const table = ((k >> BigInt(4 * nibble)) & 1n) === 1n ? first : second;
      out |= BigInt(table.indexOf(value)) << BigInt(4 * nibble);
    }
    data = out;
    k = ((k >> 1n) | (k << 63n)) & mask;
  }
  return bytes(data.toString(16).padStart(16, "0"));
}

function shuffled(length: number): fc.Arbitrary<number[]> {
  const all = Array.from({ length }, (_, i) => i);
  return fc.shuffledSubarray(all, { minLength: length, maxLength: length });
}

const anyTables = fc.record({ first: shuffled(16), second: shuffled(16), permutation: shuffled(64) });

describe("STA (EA07)", () => {
  it("gives the standard's worked example with its sample tables, both ways", () => {
    const key = bytes("0abc12def3456789");
    const enciphered = staEncrypt(sampleStaTables(), key, bytes("0b19eb230100c207"));
    assert.deepEqual(enciphered, bytes("c45ed1619406df95"));
    assert.deepEqual(staDecrypt(sampleStaTables(), key, enciphered), bytes("0b19eb230100c207"));
  });

  it("deciphers as the standard says it in other words, with any tables", () => {
    fc.assert(
      fc.property(anyTables, eight, eight, (tables, key, block) => {
        assert.deepEqual(staDecrypt(tables, key, block), specifiedDecrypt(tables, key, block));
      }),
    );
  });

  it("deciphers what it has enciphered, with any tables", () => {
    fc.assert(
      fc.property(anyTables, eight, eight, (tables, key, block) => {
        assert.deepEqual(staDecrypt(tables, key, staEncrypt(tables, key, block)), block);
      }),
    );
  });

  it("names the table that is none: an operator's file may be damaged", () => {
    const good = sampleStaTables();
    assert.equal(tablesFault(good), "");
    assert.equal(tablesFault({ ...good, first: good.first.slice(1) }), "first");
    assert.equal(tablesFault({ ...good, second: [...good.second.slice(1), 16] }), "second");
    assert.equal(tablesFault({ ...good, second: good.second.map((value) => value + 0.5) }), "second");
    assert.equal(tablesFault({ ...good, second: [NaN, ...good.second.slice(1)] }), "second");
    assert.equal(tablesFault({ ...good, permutation: [...good.permutation.slice(1), 27] }), "permutation");
  });
});
