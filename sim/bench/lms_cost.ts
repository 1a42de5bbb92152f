/**
 * What verifying an LMS signature costs on Espruino, with the interpreter's native SHA-256 as on a board with
 * require("crypto").SHA256: instructions, as the difference between a run with one verification and a run with none.
 *
 * No private key is needed for it: under an LM-OTS signature of random bytes, a verification computes a root all the
 * same, and the public key that has this root makes it good. (Which is no forgery: a forger is not given a choice of
 * public keys.) How many hashes a signature takes depends on its message's digits, so the one that is measured is the
 * median of some, all of which follow from numbers: the figure is the same in every run.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  IDENTIFIER_BYTES,
  beginVerification,
  lmsParameters,
  lmsSignatureBytes,
  stepVerification,
  type LmsHash,
  type LmsParameters,
} from "../../firmware/crypto/lms";
import { HOST_PROPERTIES, bundleEspruino } from "../bundle/espruino";
import { ROOT } from "../bundle/project";
import { findOnPath } from "../engines/child";
import { espruinoMissing, findEspruino } from "../engines/espruino";
import { countInstructions, type Measured } from "./espruino_cost";

const LMS_ENTRY = join(ROOT, "sim", "bench", "lms_entry.ts");
/** As many as a meter would do between two looks at its pulses. */
const STEP_HASHES = 32;
/** About what a message of tariff and holidays has. */
const MESSAGE_BYTES = 120;
const EVERY_HASH = 1_000_000;
const SAMPLES = 65;

export interface LmsCost {
  /** Of the signature with its count of levels. */
  readonly signature_bytes: number;
  readonly hashes: number;
  readonly instructions: number;
}

function number4(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const NODE_HASH: LmsHash = { sha256: (data) => [...createHash("sha256").update(Buffer.from(data)).digest()] };

/** So many bytes that follow from a text. */
function bytesFrom(seed: string, length: number): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; i * 32 < length; i++) parts.push(createHash("sha256").update(`${seed} ${i}`).digest());
  return Buffer.concat(parts).subarray(0, length);
}

interface Sample {
  readonly key: Buffer;
  readonly message: Buffer;
  readonly signature: Buffer;
  readonly hashes: number;
}

/** A key, a message and a signature that is good, by the choice of the key. */
function goodSignature(parameters: LmsParameters, seed: number): Sample {
  const { tree_type, ots_type, n, height } = parameters;
  const message = bytesFrom(`${seed} message`, MESSAGE_BYTES);
  const signature = Buffer.concat([number4(0), bytesFrom(`${seed} signature`, lmsSignatureBytes(parameters))]);
  number4(seed % (1 << height)).copy(signature, 4);
  number4(ots_type).copy(signature, 8);
  number4(tree_type).copy(signature, signature.length - height * n - 4);
  const identifier = bytesFrom(`${seed} identifier`, IDENTIFIER_BYTES);
  const front = Buffer.concat([number4(1), number4(tree_type), number4(ots_type), identifier]);
  const unknown = Buffer.concat([front, Buffer.alloc(n)]);
  const work = beginVerification(NODE_HASH, [...unknown], [...message], signature.toString("latin1"));
  stepVerification(work, EVERY_HASH);
  return { key: Buffer.concat([front, Buffer.from(work.value)]), message, signature, hashes: work.hashes };
}

/** The sample with the median of hashes. */
function medianSample(parameters: LmsParameters): Sample {
  const samples = Array.from({ length: SAMPLES }, (_, seed) => goodSignature(parameters, seed));
  samples.sort((one, other) => one.hashes - other.hashes);
  return samples[Math.floor(SAMPLES / 2)];
}

/**
 * What a board's driver would be: the interpreter's SHA-256 on typed arrays, plain arrays at the port. The chain stays in
 * one typed array, so that a link costs four statements and not a loop over its bytes.
 */
const NATIVE_DRIVER = `
(function () {
  var sha256 = require("crypto").SHA256;
  var file = E.openFile("program.txt", "r"), text = file.read(PROGRAM_BYTES), position = 0;
  var native = {
    sha256: function (data) { return new Uint8Array(sha256(data)).slice(); },
    sha256_chain: function (link, value_first, n, step_place, from, to) {
      var bytes = new Uint8Array(link), step;
      for (step = from; step < to; step++) {
        bytes[step_place] = step;
        bytes.set(new Uint8Array(sha256(bytes), 0, n), value_first);
      }
      return bytes.slice(value_first, value_first + n);
    }
  };
  function read_line() {
    var end = text.indexOf("\\n", position), line = text.substring(position, end);
    position = end + 1;
    return line;
  }
  function write_line(line) { print("@T" + line); }
  try {
    curbstop.runLms({ read_line: read_line, write_line: write_line }, native);
    print("@Rok");
  } catch (fault) {
    print("@R" + fault);
  }
  quit();
})();
`;

/** Instructions of one verification under these types. */
export async function lmsVerificationCost(tree_type: number, ots_type: number): Promise<Measured<LmsCost>> {
  const [espruino, valgrind] = [findEspruino(), findOnPath("valgrind")];
  if (espruino === undefined) return { reason: espruinoMissing() ?? "espruino is missing" };
  if (valgrind === undefined) return { reason: "valgrind is not on PATH (apt-get install valgrind)" };
  const parameters = lmsParameters(tree_type, ots_type);
  if (parameters === undefined) throw new Error(`LMS ${tree_type} with LM-OTS ${ots_type} is no parameter set`);
  const { key, message, signature } = medianSample(parameters);
  const { code } = await bundleEspruino(LMS_ENTRY, {
    reserved_properties: [...HOST_PROPERTIES, "sha256", "sha256_chain"],
  });
  const count = async (times: number) => {
    const lines = [key.toString("hex"), message.toString("hex"), signature.toString("hex"), times, STEP_HASHES];
    const text = lines.map((line) => `${line}\n`).join("");
    const script = `${code}\n${NATIVE_DRIVER.replace("PROGRAM_BYTES", String(text.length))}`;
    const { instructions, last_line } = await countInstructions(valgrind, espruino, script, text);
    const [verdict, hashes] = last_line.split(" ");
    if (verdict !== (times === 0 ? "none" : "good")) throw new Error(`the signature of the bench is ${last_line}`);
    return { instructions, hashes: Number(hashes) };
  };
  const [without, with_one] = await Promise.all([count(0), count(1)]);
  const instructions = with_one.instructions - without.instructions;
  return { value: { signature_bytes: signature.length, hashes: with_one.hashes, instructions } };
}
