import assert from "node:assert/strict";
import { sameOnEngines } from "../../same_on_engines";
import { KEY, OTHER_KEY, changeTokens, decoderKey, tokenOf } from "./samples";

const ea07 = decoderKey({}, "e653341f9d5bf36f");

/** Numbers, each with the "#" that ends it, one a line; and keys that are none. */
const PROGRAM = [
  `${tokenOf({ middle: 5_871_660, value: 0x416a })}#`,
  `${tokenOf({ middle: 5_871_660, value: 0x416a })}#${tokenOf({ middle: 5_871_700, value: 0xffff })}#`,
  `${tokenOf({ sub: 5, front: 1, middle: 6_045_615, value: 0xc123 }, 0, ea07)}#12*3 45#99999999999999999999#`,
  `588224011#588224011#${tokenOf({ sub: 0, middle: 5_871_701, value: 0x8000 }, 2)}#00000000000150997584#`,
  ...changeTokens(OTHER_KEY, { krn: 3, ti: 42, sgc: 123_457 }).map((token) => `${token}#`),
  `${tokenOf({ middle: 5_900_000 }, 0, decoderKey({}, OTHER_KEY))}#`,
  `${tokenOf({ middle: 5_900_001 }, 0, decoderKey({}, KEY))}#123456789012`,
];

describe("tokens: engines", () => {
  sameOnEngines({
    name: "token",
    program: PROGRAM,
    promise: "are judged, and leave the same books,",
    holds: (trace) => {
      const text = trace.join("\n");
      for (const said of [
        "+2000400 l",
        "milli",
        "USED",
        "FORMAT",
        "CRC",
        "limit 180224",
        "tests valve",
        "3RD KCT",
        "key of 123457",
      ]) {
        assert.ok(text.includes(said), `${said} is in\n${text}`);
      }
    },
  });
});
