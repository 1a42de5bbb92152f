/**
 * Plan: what a torture is to do, as lines ahead of a program (sim/world/program.ts) or in place of one.
 *
 *   torture 1                first line: the version of this format
 *   mode exhaustive|random|tokens|garbage
 *   seed SEED                of everything that varies; in a random run also of the program
 *   part NAME                memory of the meter (sim/twins/nvm_parts.ts), whatever the program says; "-": as it says
 *   cuts MOST                stop after so many
 *   only CUT KIND            judge one cut alone; KIND "-" for any
 *   token ...                what a number means that is keyed in (tokens.ts); as often as there are tokens
 *   say 0|1|2                0 violations and the end, 1 every cut, 2 every cut in full
 *   go                       last line; in an exhaustive run the program follows
 *
 * Another plan may follow; only an exhaustive run's program reads up to its own end, so it must not break off.
 *
 * exhaustive: every operation of the program, with every damage. random: a program made from the seed (programs.ts),
 * every operation with one damage, some with cuts within cuts, and a few that really cut the run. tokens: the same with
 * tokens keyed in. garbage: a random
 * program again, its memory filled with other things than a journal.
 *
 * The answer is lines as well:
 *   cut NUMBER KIND DEPTH ...             with say 1 and 2 (report.ts)
 *   violation NUMBER KIND DEPTH NAME      one line each
 *   end CUTS VIOLATIONS OPERATIONS        last line of each plan
 */
import { assert } from "../../firmware/assert";
import type { Host } from "../world/host";
import { wholeNumber, words } from "../world/words";
import type { ToldToken } from "./tokens";
import { readToken } from "./tokens";

const PLAN_VERSION = "1";

export type TortureMode = "exhaustive" | "random" | "tokens" | "garbage";

export interface Plan {
  mode: TortureMode;
  seed: number;
  part: string;
  cuts_max: number;
  /** 0: all. */
  only_cut: number;
  /** "": any. */
  only_kind: string;
  say: number;
  tokens: ToldToken[];
}

function setMode(plan: Plan, mode: string): void {
  switch (mode) {
    case "exhaustive":
      plan.mode = "exhaustive";
      break;
    case "random":
      plan.mode = "random";
      break;
    case "tokens":
      plan.mode = "tokens";
      break;
    default:
      assert(mode === "garbage", "a torture has four modes");
      plan.mode = "garbage";
  }
}

function setOnly(plan: Plan, list: string[]): void {
  plan.only_cut = wholeNumber(list[1]);
  plan.only_kind = list[2] === "-" ? "" : list[2];
}

/** The next plan; undefined after the last one. */
export function readPlan(host: Host): Plan | undefined {
  const first = host.read_line();
  if (first === undefined) {
    return undefined;
  }
  assert(first === "torture " + PLAN_VERSION, "the plan has the version of this torture");
  const plan: Plan = {
    mode: "random",
    seed: 1,
    part: "",
    cuts_max: 1000000,
    only_cut: 0,
    only_kind: "",
    say: 0,
    tokens: [],
  };
  let line = host.read_line();
  while (line !== undefined && line !== "go") {
    const list = words(line, 5);
    switch (list[0]) {
      case "mode":
        setMode(plan, list[1]);
        break;
      case "seed":
        plan.seed = wholeNumber(list[1]);
        break;
      case "part":
        plan.part = list[1] === "-" ? "" : list[1];
        break;
      case "cuts":
        plan.cuts_max = wholeNumber(list[1]);
        break;
      case "only":
        setOnly(plan, list);
        break;
      case "token":
        plan.tokens.push(readToken(list));
        break;
      default:
        assert(list[0] === "say", "a plan has only words that exist");
        plan.say = wholeNumber(list[1]);
    }
    line = host.read_line();
  }
  assert(line === "go", "a plan has an end");
  return plan;
}
