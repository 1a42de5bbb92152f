/** Lost fragments come back the same on every engine, whose characters and whole numbers differ. */
import assert from "node:assert/strict";
import { createCarousel, fragmentFrame } from "../../../firmware/carousel/fragments";
import type { Engine } from "../../../sim/engines/contract";
import { NODE_HASH } from "../crypto/made_signatures";
import { programEngines } from "../../same_on_engines";
import { GATEWAY } from "../modem/rig";

const hex = (bytes: readonly number[]): string => Buffer.from(bytes).toString("hex");

describe("a carousel on every engine", function () {
  const engines = programEngines("carousel");
  // Every byte there is, and a last fragment that is shorter.
  const content = Array.from({ length: 700 }, (_, index) => (index * 37 + Math.floor(index / 256)) % 256);
  const carousel = createCarousel("600100", content, NODE_HASH.sha256(content), 64);
  const frames = [0, 255, 3, 20, 3, 200, 10, 99, 7, 128, 64, 11].map((n) => fragmentFrame(GATEWAY, carousel, n));
  const program = [...frames.map(hex), hex(frames[0].slice(1)), "00"];

  async function linesOf(engine: Engine): Promise<string[]> {
    const lines: string[] = [];
    await engine.run([...program], (line) => lines.push(line));
    return lines;
  }

  for (const engine of engines) {
    const missing = engine.missing();
    const promise = `${engine.name}: from four of its own fragments and seven of parity, in steps`;
    if (missing !== undefined) it(`${promise} (${missing})`);
    else
      it(promise, async () => {
        const taken = new Array<string>(7).fill("taken");
        const [first, ...rest] = [`14 ${hex(content).toUpperCase()}`, "none", "none"];
        assert.deepEqual(await linesOf(engine), [...taken.slice(0, 4), "known", ...taken.slice(0, 7), first, ...rest]);
      });
  }
});
