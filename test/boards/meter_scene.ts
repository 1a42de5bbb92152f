/**
 * A whole meter on a board's bindings, for entries that run inside an engine: its water, its valve, a pulled plug, and a
 * board that is nobody's before and after. Portable code.
 */
import type { Program } from "../../firmware/program";
import type { Host } from "../../sim/world/host";
import type { World } from "./scene";
import { said, wordOf } from "./scene";

/** What the scene knows of a board. The world is asked for each time: on Lua a power-up makes another one. */
export interface MeterBoard {
  world: () => World<number>;
  close: number;
  at_open: number;
  at_closed: number;
  power_up: () => Program;
  /** A litre runs. */
  litre: () => void;
  /** The supply falls, as it does when the plug is pulled. */
  dip: () => void;
}

/** The end switches follow the motor, a second behind it. */
export function followMotor<Pin>(world: World<Pin>, close: Pin, at_open: Pin, at_closed: Pin): void {
  world.pass(200);
  if (world.level(close) === 1) {
    world.set(at_open, 1);
    world.pass(1000);
    world.set(at_closed, 0);
  }
  world.pass(3000);
}

/** A pulse of a reed contact. */
export function reedPulse<Pin>(world: World<Pin>, flow: Pin): void {
  world.set(flow, 0);
  world.pass(100);
  world.set(flow, 1);
  world.pass(100);
}

function pour(board: MeterBoard, litres: number): string {
  for (let litre = 0; litre < litres; litre++) {
    board.litre();
  }
  board.world().pass(1000);
  return wordOf(said(board.world(), "read"), "volume_l");
}

/** A board that is nobody's. */
export function firstStart(host: Host, board: MeterBoard): Program {
  const program = board.power_up();
  host.write_line("start " + program.start());
  host.write_line("line " + wordOf(said(board.world(), "id"), "meter"));
  return program;
}

export function giveSpoilt(host: Host, program: Program, plate: string): void {
  host.write_line("spoilt " + program.provision(plate.substring(0, plate.length - 1)));
}

/** A meter without credit shuts its valve, and counts what runs all the same. */
export function shutAndCount(host: Host, board: MeterBoard): void {
  followMotor(board.world(), board.close, board.at_open, board.at_closed);
  const counted = pour(board, 25);
  host.write_line("counted " + counted + " closed " + (board.world().level(board.at_closed) === 0 ? "1" : "0"));
}

/** The plug is pulled: the supply falls, the firmware keeps what it has, and everything in RAM is gone. */
export function pullPlug(host: Host, board: MeterBoard): Program {
  board.dip();
  board.world().pass(3000);
  const program = board.power_up();
  host.write_line("start " + program.start());
  board.world().pass(3000);
  const kept = wordOf(said(board.world(), "read"), "volume_l");
  host.write_line("after " + kept + " " + wordOf(program.identity(), "meter"));
  host.write_line("on " + pour(board, 5));
  return program;
}

/** After its books were made new, the board is nobody's again. */
export function startAnew(host: Host, board: MeterBoard): void {
  board.world().pass(1000);
  host.write_line("restarts " + (board.world().restarts === 1 ? "once" : "not once"));
  const program = board.power_up();
  host.write_line("start " + program.start());
  host.write_line("whose " + wordOf(program.identity(), "meter"));
}
