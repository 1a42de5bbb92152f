/** The byte pipe: order, time and faults. */
import assert from "node:assert/strict";
import { createBytePipe, flipBits, loseByte, putGarbage } from "../../../sim/pn532/pipe";
import { virtualTime } from "../../hal/twins";

describe("the byte pipe", () => {
  it("brings bytes to the other end, later, in order, in pieces, at the speed of the line", () => {
    const { queue, pass } = virtualTime();
    const pipe = createBytePipe(queue, 2);
    const heard: [number, number[]][] = [];
    pipe.chip.on_bytes((bytes) => heard.push([queue.now_ms, bytes]));
    pipe.host.on_bytes(() => assert.fail("no echo"));
    pipe.host.write([1, 2, 3]);
    pipe.host.write([4]);
    assert.deepEqual(heard, [], "not inside the call");
    pass(10);
    assert.deepEqual(heard, [
      [1, [1, 2]],
      [2, [3]],
      [3, [4]],
    ]);
    pipe.host.write([]);
    pass(10);
    assert.equal(heard.length, 3);
  });

  it("takes 23 ms for 256 bytes", () => {
    const { queue, pass } = virtualTime();
    const pipe = createBytePipe(queue, 1000);
    let at_ms = 0;
    pipe.host.on_bytes(() => (at_ms = queue.now_ms));
    pipe.chip.write(new Array<number>(256).fill(0));
    pass(100);
    assert.equal(at_ms, 23);
  });

  it("loses, flips and adds bytes where it is told to, in one direction, once", () => {
    const { queue, pass } = virtualTime();
    const pipe = createBytePipe(queue, 1000);
    const heard: number[] = [];
    pipe.chip.on_bytes((bytes) => heard.push(...bytes));
    pipe.host.on_bytes((bytes) => heard.push(...bytes.map((byte) => byte + 100)));
    loseByte(pipe.to_chip, 0);
    flipBits(pipe.to_chip, 1, 0x81);
    putGarbage(pipe.to_chip, 2, [7, 8]);
    pipe.host.write([1, 2, 3, 4]);
    pass(10);
    pipe.chip.write([1, 2, 3]);
    pass(10);
    assert.deepEqual(heard, [0x83, 7, 8, 3, 4, 101, 102, 103]);
  });
});
