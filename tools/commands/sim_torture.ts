/**
 * `curbstop sim torture`: the power is cut at every operation of the memory, and what comes back is checked.
 */
import { InvalidArgumentError, type Command } from "commander";
import type { SimTortureOptions } from "../actions/sim_torture";
import type { Context } from "../context";
import { ENGINE_LIST, parseEngine } from "./engines";
import { parseSeed } from "./sim_run";

const CUTS_MAX = 1_000_000_000;

const NOTES = `
Without --exhaustive, --cuts and --replay: the scenarios exhaustively on the first geometry, then 20,000 random cuts on
all of them. A scenario is a file, or the name of one of sim/scenarios; without any, all of those are taken in
which credit does not come by card or radio.

A recovery after a cut is checked against a model that knows what the customer saw (sim/torture/README.md). A failure
has an id, and --replay prints step by step how it came about.

With --cards: sessions of cards instead, the card pulled at every byte and the power cut at every operation of the memory,
alone and together (sim/card_torture/README.md); on the first geometry unless others are named.

Examples:
  curbstop sim torture
  curbstop sim torture week emergency --exhaustive --geometry nor-8x4k
  curbstop sim torture --cuts 1000000 --seed 7 --json
  curbstop sim torture --cards --session top_up
  curbstop sim torture --replay journal:seed=0x1f2e:cut=417:geometry=nrf52-8x4k
`;

function parseCuts(text: string): number {
  const cuts = Number(text);
  if (!/^\d+$/.test(text) || cuts < 1 || cuts > CUTS_MAX)
    throw new InvalidArgumentError(`the number of cuts is a whole number, 1 to ${CUTS_MAX}.`);
  return cuts;
}

export function addSimTorture(sim: Command, context: Context): void {
  sim
    .command("torture")
    .description("cut the power at every operation of the memory and check what comes back; exit 1 on a violation")
    .argument("[scenarios...]", "scenarios to cut exhaustively")
    .option("--exhaustive", "every operation of the scenarios, with every kind of damage")
    .option(
      "--cuts <n>",
      "so many cuts in random programs, some with tokens, cuts within cuts or contents of garbage",
      parseCuts,
    )
    .option("--seed <n>", "seed of everything random (default: 1)", parseSeed)
    .option(
      "--geometry <name>",
      "memory to cut, may be given again: a part of sim/twins/nvm_parts.ts, or all (default: all)",
      (name: string, before: string[] | undefined) => [...(before ?? []), name],
    )
    .option("--cards", "pull cards and cut the power in sessions of cards")
    .option(
      "--session <name>",
      "session of cards, may be given again: a name of sim/card_torture/sessions.ts (default: all)",
      (name: string, before: string[] | undefined) => [...(before ?? []), name],
    )
    .option("--replay <id>", "run one cut again and print what happened")
    .option("--engine <name>", `engine: ${ENGINE_LIST} (default: node)`, parseEngine)
    .option(
      "--json",
      "print {cuts, violations, cuts_per_s, geometries, scenarios, random, failures, seed, ...} or, of cards, {combinations, ...}",
    )
    .addHelpText("after", NOTES)
    .action(async (scenarios: string[], options: SimTortureOptions) => {
      const { simTorture } = await import("../actions/sim_torture");
      await simTorture(scenarios, options, context);
    });
}
