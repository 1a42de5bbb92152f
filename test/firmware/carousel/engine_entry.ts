/**
 * Collects fragments on any engine. Lines: frames without check sums in hexadecimal, one a line. It writes what came of
 * each, and once the content can be put together, the steps that it took and the content in hexadecimal.
 */
import { hexBytes, hexText, textBytes } from "../../../firmware/card/bytes";
import {
  collect,
  createCollection,
  isCollected,
  stepCollected,
  takeCollected,
} from "../../../firmware/carousel/collection";
import { readFragment } from "../../../firmware/carousel/fragments";
import { createSha256 } from "../../../firmware/crypto/sha256";
import { decimal } from "../../../firmware/text";
import type { Host } from "../../../sim/world/host";

export function runProgram(host: Host): void {
  const hash = { sha256: createSha256() };
  const collection = createCollection();
  let line = host.read_line();
  while (line !== undefined) {
    const fragment = readFragment(hexBytes(line));
    host.write_line(fragment === undefined ? "none" : collect(collection, fragment, 0));
    if (isCollected(collection)) {
      let steps = 1;
      while (!stepCollected(collection)) {
        steps += 1;
      }
      host.write_line(decimal(steps) + " " + hexText(textBytes(takeCollected(collection, hash))));
    }
    line = host.read_line();
  }
}
