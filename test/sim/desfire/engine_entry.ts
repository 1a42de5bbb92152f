/**
 * A card in portable code: each program line is a command in hexadecimal, each trace line its answer; the last is the
 * checksum of the card's image, read back.
 */
import { cardImage, readImage } from "../../../sim/desfire/image";
import { createDesfireCard } from "../../../sim/desfire/card";
import { crc32 } from "../../../sim/desfire/crc32";
import { respond } from "../../../sim/desfire/respond";
import { exchangeTimeUs } from "../../../sim/desfire/time";
import { createCryptoTwin } from "../../../sim/twins/crypto";
import { createRandomTwin } from "../../../sim/twins/random";
import { hexText } from "../../../firmware/card/bytes";
import { decimal } from "../../../firmware/text";
import type { Host } from "../../../sim/world/host";
import { byteList } from "../../../sim/world/words";

const SEED = 5;
const UID: number[] = [4, 161, 178, 195, 212, 229, 246];

export function runProgram(host: Host): void {
  const crypto = createCryptoTwin();
  const card = createDesfireCard(crypto, createRandomTwin(SEED), UID);
  for (let line = host.read_line(); line !== undefined; line = host.read_line()) {
    const command = byteList(line);
    const answer = respond(card, command);
    host.write_line(hexText(answer) + " " + decimal(exchangeTimeUs(command, answer.length)));
  }
  const read = readImage(crypto, createRandomTwin(SEED), cardImage(card));
  const again = read.card;
  host.write_line(read.problem + " " + (again === undefined ? "" : hexText(crc32(cardImage(again)))));
}
