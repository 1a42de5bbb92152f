/**
 * Keypads of two meters, in portable code: one of litres with STS and OpenPAYGO, one of money under EA07. Each program
 * line is keys, of which a space is half a minute without one; the trace tells what came of each number, and all that
 * the meters then know.
 */
import { bytesText, hexBytes } from "../../../firmware/card/bytes";
import { decimal } from "../../../firmware/text";
import type { TokenState } from "../../../firmware/token/books";
import { createTokenBooks, wakeTokens } from "../../../firmware/token/books";
import { createTokenEntry, entryText, pressTokenKey } from "../../../firmware/token/entry";
import type { TokenEffect, TokenTerms } from "../../../firmware/token/judgement";
import { judgeToken } from "../../../firmware/token/judgement";
import { createPaygoBooks } from "../../../firmware/token/openpaygo";
import { tokenResultText } from "../../../firmware/token/results";
import { tidsOf } from "../../../firmware/token/tid_memory";
import type { Host } from "../../../sim/world/host";

function keyOf(algorithm: number, hex: string) {
  const key = bytesText(hexBytes(hex));
  return { algorithm: algorithm, key: key, type: 2, revision: 1, tariff_index: 1, expiry: 255 };
}

function effectText(effect: TokenEffect): string {
  switch (effect.kind) {
    case "credit_volume":
      return " +" + decimal(effect.volume_l) + " l";
    case "credit_money":
      return " +" + decimal(effect.amount_milli) + " milli";
    case "limit_flow":
      return " limit " + decimal(effect.flow_l_h);
    case "change_key":
      return " key of " + decimal(effect.region);
    case "run_tests":
      return " tests " + effect.tests[0];
    default:
      return " " + effect.kind;
  }
}

function stateText(state: TokenState): string {
  let text = "failures " + decimal(state.books.failures) + " until " + decimal(state.session.locked_until_s) + " TIDs";
  for (const tid of tidsOf(state.books.tids)) {
    text = text + " " + decimal(tid);
  }
  const key = state.books.sts;
  let sum = 0;
  if (key !== undefined) {
    for (let i = 0; i < key.key.length; i++) {
      sum = (sum * 31 + key.key.charCodeAt(i)) % 1000003;
    }
  }
  const paygo = state.books.paygo;
  return text + " key " + decimal(sum) + (paygo === undefined ? "" : " count " + decimal(paygo.count));
}

export function runProgram(host: Host): void {
  const volume: TokenTerms = { mode: "volume", tables: undefined, paygo_unit: 100 };
  const money: TokenTerms = { mode: "currency", tables: undefined, paygo_unit: 1 };
  const terms = [volume, money];
  const paygo = createPaygoBooks(hexBytes("bc41ec9530f6dac86b1a29ab82edc5fb"), 516959010);
  const long = createTokenBooks(keyOf(11, "f94b6ed353c3bfdb113e2d3a7ea3c41d"), 0, paygo);
  const short = createTokenBooks(keyOf(7, "e653341f9d5bf36f"), 0, undefined);
  const states = [wakeTokens(long, 0), wakeTokens(short, 0)];
  let entry = createTokenEntry();
  let now_s = 0;
  for (let line = host.read_line(); line !== undefined; line = host.read_line()) {
    for (let i = 0; i < line.length; i++) {
      const key = line.substring(i, i + 1);
      now_s += key === " " ? 30 : 1;
      if (key !== " ") {
        const step = pressTokenKey(entry, key, now_s);
        entry = step.entry;
        if (step.news === "complete") {
          for (let meter = 0; meter < 2; meter++) {
            const moment = { now_s: now_s, room: 1000000000000 };
            const judgement = judgeToken(terms[meter], states[meter], step.number, moment);
            states[meter] = judgement.state;
            host.write_line(tokenResultText(judgement.result) + effectText(judgement.effect));
          }
        }
      }
    }
    host.write_line("[" + entryText(entry, 8) + "] " + stateText(states[0]) + " / " + stateText(states[1]));
  }
}
