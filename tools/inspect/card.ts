/**
 * The image of a card: what stands on it, file by file, and whether the meter's key has signed it. The keys in the image
 * are not said, only how many there are; nor is the content of an order, which may hold keys.
 */
import { FILE_HEADER, FILE_ORDER, FILE_PURSE, FILE_READ_BACK, FILE_VOUCHER } from "../../firmware/card/files";
import { APPLICATION, readHeader } from "../../firmware/card/files";
import { ANY_METER, readOrder } from "../../firmware/card/order";
import { readReadBack } from "../../firmware/card/read_back";
import { signatureGood } from "../../firmware/card/signature";
import { readVoucher } from "../../firmware/card/voucher";
import { cmacKey, sameBytes } from "../../firmware/crypto/cmac";
import { IMAGE_WORDS } from "../../sim/card/image_file";
import { numberAt } from "../../sim/desfire/bytes";
import { findApplication, findFile, type Application, type DesfireCard } from "../../sim/desfire/card";
import { readImage } from "../../sim/desfire/image";
import type { MeterKeys } from "../../sim/serve/inspector";
import type { Inspection, Unchecked } from "../../sim/serve/messages";
import { createRandomTwin } from "../../sim/twins/random";
import { uidText } from "../card/desk";
import { expiryText } from "../card/receipts";
import { readBackRows } from "../card/reading_words";
import { createNodeCrypto } from "../keys/crypto";
import { amountText } from "../money";

type Rows = [string, string][];
type Sections = Inspection["sections"];

const crypto = createNodeCrypto();

/** What is read of one card, and what was found to be wrong or could not be checked. */
interface Findings {
  uid: number[];
  voucher_key: number[] | undefined;
  problems: string[];
  unchecked: Set<Unchecked>;
}

function fileBytes(application: Application, number: number): number[] | undefined {
  const file = findFile(application, number);
  if (file === undefined || file.kind === "value") return undefined;
  return Array.from(file.content, (character) => character.charCodeAt(0));
}

/** Whether the signature of a file holds; what it says of its card is held against the card. */
function signatureRow(what: string, bytes: number[], uid: number[], findings: Findings): [string, string] {
  const { voucher_key, problems, unchecked } = findings;
  if (!sameBytes(uid, findings.uid)) {
    problems.push(`the ${what} is another card's (UID ${uidText(uid)})`);
    return ["signature", "of another card"];
  }
  if (voucher_key === undefined) {
    unchecked.add("card_signatures");
    return ["signature", "not checked"];
  }
  if (signatureGood(cmacKey(crypto, voucher_key), bytes)) return ["signature", "holds"];
  problems.push(`the signature of the ${what} does not hold under this key (another meter's, or changed)`);
  return ["signature", "DOES NOT HOLD under this key"];
}

function voucherSection(application: Application, findings: Findings): Sections {
  const bytes = fileBytes(application, FILE_VOUCHER);
  const said = bytes === undefined ? undefined : readVoucher(bytes);
  if (bytes === undefined || said === undefined || said === "none") return [];
  const rows: Rows = [
    ["region", said.region],
    ["meter", said.meter],
    ["sequence", String(said.sequence)],
    ["bought in all", amountText(said.cumulative_milli)],
    ["generation", String(said.generation)],
    ["tariff", said.tariff_id === 0 ? "not said" : String(said.tariff_id)],
    ["to be used by", expiryText(said.expiry_utc_s) ?? "any time"],
    ["point of sale", String(said.point_of_sale)],
    signatureRow("voucher", bytes, said.uid, findings),
  ];
  return [{ title: "voucher", rows }];
}

function orderSection(application: Application, findings: Findings): Sections {
  const bytes = fileBytes(application, FILE_ORDER);
  const said = bytes === undefined ? undefined : readOrder(bytes);
  if (bytes === undefined || said === undefined || said === "none") return [];
  if (said.content.length > 0) findings.unchecked.add("card_content");
  // Orders for any meter and for commissioning are signed under keys of the region and of the factory.
  const is_meters = said.meter !== ANY_METER && said.type !== "commissioning";
  if (!is_meters) findings.unchecked.add("card_signatures");
  const rows: Rows = [
    ["type", said.type],
    ["region", said.region],
    ["meter", said.meter === ANY_METER ? "any of the region" : said.meter],
    ["sequence", String(said.sequence)],
    ["to be used by", expiryText(said.expiry_utc_s) ?? "any time"],
    ["content", `${said.content.length} bytes, not shown`],
    is_meters ? signatureRow("order", bytes, said.uid, findings) : ["signature", "not checked"],
  ];
  return [{ title: "order", rows }];
}

function readBackSection(application: Application, findings: Findings): Sections {
  const bytes = fileBytes(application, FILE_READ_BACK);
  const said = bytes === undefined ? undefined : readReadBack(bytes);
  if (bytes === undefined || said === undefined || said === "none") return [];
  const rows = [...readBackRows(said), signatureRow("read-back", bytes, said.uid, findings)];
  return [{ title: "read-back", rows }];
}

function cardRows(card: DesfireCard, application: Application | undefined): Rows {
  const keys = card.applications.reduce((sum, level) => sum + level.keys.length, 0);
  const rows: Rows = [
    ["UID", uidText(card.uid)],
    ["memory", `${card.used_bytes} bytes in use, ${card.applications.length - 1} applications, ${keys} keys`],
  ];
  if (application === undefined) return [...rows, ["application", "none of ours: no meter knows this card"]];
  const header = readHeader(fileBytes(application, FILE_HEADER) ?? []);
  if (header === undefined) return [...rows, ["header", "none that can be read"]];
  const { type, region, card: number, generation } = header;
  rows.push(["type", type], ["region", region], ["card", `${number}, generation ${generation}`]);
  const purse = findFile(application, FILE_PURSE);
  if (purse?.kind === "value") rows.push(["purse", amountText(purse.value)]);
  return rows;
}

export function inspectCard(bytes: number[], { voucher }: MeterKeys): Inspection {
  const { card, problem } = readImage(crypto, createRandomTwin(1), bytes);
  if (card === undefined) return { kind: "card", sections: [], problem: IMAGE_WORDS[problem], unchecked: [] };
  const ours = findApplication(card, numberAt(APPLICATION, 0, APPLICATION.length));
  const findings: Findings = { uid: card.uid, voucher_key: voucher, problems: [], unchecked: new Set() };
  const sections: Sections = [{ title: "card", rows: cardRows(card, ours) }];
  if (ours !== undefined) {
    sections.push(...voucherSection(ours, findings), ...orderSection(ours, findings));
    sections.push(...readBackSection(ours, findings));
  }
  return { kind: "card", sections, problem: findings.problems.join("; "), unchecked: [...findings.unchecked] };
}
