/**
 * Link: what stands between the meter and a genuine card and changes what passes. A case has one to three mutations,
 * each at one answer or from one answer on.
 *
 *   flip, truncate, extend, garbage, empty, zeros    the bytes of an answer
 *   status                                           its last two bytes: another status of DESFire, or none of its own
 *   replay                                           an earlier answer of this session, or of another session
 *   stranger                                         what another card answers to the same command
 *   endless                                          AF for ever, with or without data
 *   command                                          the command reaches the card changed
 *   doubled, dropped                                 the card gets the command twice, or the next one in its place
 *   timeout, removed                                 no answer
 */
import type { DesfireCard } from "../desfire/card";
import { respond } from "../desfire/respond";
import type { Draws } from "./draws";
import { below, bytesOf, chance, flipped, pick } from "./draws";

export const MUTATIONS = [
  "flip",
  "truncate",
  "extend",
  "garbage",
  "empty",
  "zeros",
  "status",
  "replay",
  "stranger",
  "endless",
  "command",
  "doubled",
  "dropped",
  "timeout",
  "removed",
] as const;

export type MutationName = (typeof MUTATIONS)[number];

export interface Mutation {
  name: MutationName;
  /** The exchange at which it begins. */
  at: number;
  /** It goes on to the end. */
  goes_on: boolean;
}

export interface Link {
  draws: Draws;
  card: DesfireCard;
  stranger: DesfireCard;
  mutations: Mutation[];
  exchanges: number;
  /** Answers of this session. */
  answers: number[][];
  /** Answers of sessions before, the same for all cases. */
  memory: readonly number[][];
}

export interface Reply {
  result: "ok" | "timeout" | "removed";
  answer: number[];
}

const EXCHANGES_TYPICAL = 13;
const STATUSES = [0x00, 0x0c, 0x0e, 0x1c, 0x1e, 0x40, 0x7e, 0x9d, 0x9e, 0xa0, 0xae, 0xaf, 0xbe, 0xca, 0xde, 0xf0];
const CLASSES = [0x90, 0x91, 0x6a, 0x6d, 0x61, 0x00, 0xff];
const ANSWER_LONGEST = 300;

export function drawMutations(draws: Draws): Mutation[] {
  const mutations: Mutation[] = [];
  for (let count = 1 + (chance(draws, 200) ? below(draws, 3) : 0); count > 0; count--) {
    const name = pick(draws, MUTATIONS);
    mutations.push({ name, at: below(draws, EXCHANGES_TYPICAL), goes_on: chance(draws, 150) });
  }
  return mutations;
}

function otherStatus(draws: Draws, answer: number[]): number[] {
  const sw1 = chance(draws, 700) ? 0x91 : pick(draws, CLASSES);
  const sw2 = chance(draws, 700) ? pick(draws, STATUSES) : below(draws, 256);
  return [...answer.slice(0, -2), sw1, sw2];
}

/** An answer that has come from the card, changed. */
function changedAnswer(link: Link, name: MutationName, command: number[], answer: number[]): number[] {
  const draws = link.draws;
  switch (name) {
    case "flip":
      return flipped(draws, answer, 8);
    case "truncate":
      return answer.slice(0, below(draws, answer.length + 1));
    case "extend":
      return [...answer.slice(0, -2), ...bytesOf(draws, 1 + below(draws, ANSWER_LONGEST)), ...answer.slice(-2)];
    case "garbage":
      return bytesOf(draws, below(draws, 80));
    case "empty":
      return [];
    case "zeros":
      return [...answer.slice(0, -2).map(() => 0), ...answer.slice(-2)];
    case "status":
      return otherStatus(draws, answer);
    case "replay":
      return link.answers.length > 0 && chance(draws, 500) ? pick(draws, link.answers) : pick(draws, link.memory);
    case "stranger":
      return respond(link.stranger, command);
    case "endless":
      return [...(chance(draws, 500) ? bytesOf(draws, below(draws, 60)) : answer.slice(0, -2)), 0x91, 0xaf];
    default:
      return answer;
  }
}

/** The card's answer to a command that may not be the one that was sent. */
function asked(link: Link, name: MutationName | undefined, command: number[]): number[] {
  const draws = link.draws;
  switch (name) {
    case "command":
      return respond(link.card, flipped(draws, command, 4));
    case "doubled":
      respond(link.card, command);
      return respond(link.card, command);
    case "dropped":
      return link.answers.length > 0 ? link.answers[link.answers.length - 1] : [0x91, 0x00];
    default:
      return respond(link.card, command);
  }
}

/** Passes a command on and brings what comes back. */
export function exchange(link: Link, command: number[]): Reply {
  const here = link.exchanges;
  link.exchanges += 1;
  let answer: number[] | undefined;
  for (const { name, at, goes_on } of link.mutations) {
    if (at !== here && !(goes_on && at < here)) continue;
    if (name === "timeout" || name === "removed") return { result: name, answer: [] };
    answer = changedAnswer(link, name, command, answer ?? asked(link, name, command));
  }
  answer ??= respond(link.card, command);
  link.answers.push(answer);
  return { result: "ok", answer };
}
