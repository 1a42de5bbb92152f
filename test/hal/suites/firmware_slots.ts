/** Contract of the port of the two places that a firmware can stand in: firmware_slots. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Nvm } from "../../../hal/nvm";
import type { Suites } from "../contract";

const DATA = String.fromCharCode(...Array.from({ length: 64 }, (_, place) => (place * 37) % 256));

function whole(nvm: Nvm): string {
  return nvm.read(0, nvm.geometry.size_bytes);
}

/** Puts bytes into an erased first sector. */
function write(nvm: Nvm, bytes: string): void {
  assert.equal(nvm.erase(0), "ok");
  assert.equal(nvm.program(0, bytes), "ok");
}

export const FIRMWARE_SLOTS_SUITES: Pick<Suites, "firmware_slots"> = {
  firmware_slots(make) {
    it("has two memories of one geometry, and what is written into the spare one changes nothing that runs", () => {
      const { running, spare } = make().port;
      assert.deepEqual(spare.geometry, running.geometry);
      const before = whole(running);
      write(spare, DATA);
      assert.equal(spare.read(0, DATA.length), DATA);
      assert.equal(whole(running), before);
    });

    it("names what runs by a whole number that a header can hold", () => {
      const { sequence } = make().port;
      assert.ok(Number.isInteger(sequence) && sequence >= 0 && sequence < 2 ** 31, `${sequence}`);
    });

    it("hashes any bytes of the spare memory as SHA-256 does, where it hashes", () => {
      const { spare, spare_sha256 } = make().port;
      if (spare_sha256 === undefined) return;
      write(spare, DATA);
      for (const [address, length] of [
        [0, 64],
        [16, 32],
      ]) {
        const bytes = Buffer.from(spare.read(address, length), "latin1");
        assert.deepEqual(spare_sha256(address, length), [...createHash("sha256").update(bytes).digest()]);
      }
    });

    it("starts the board anew when it is told to, and not before", () => {
      const { port, restarts } = make();
      write(port.spare, DATA);
      assert.equal(restarts(), 0);
      port.restart();
      assert.equal(restarts(), 1);
    });
  },
};
