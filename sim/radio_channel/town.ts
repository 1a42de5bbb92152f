/**
 * Town: whole meters on one channel, each in a world of its own, all in one virtual time. What is next, in whichever
 * world or on the channel, happens next.
 *
 * The channel's queue has one event for each world, at the time of the world's own next one, so a world stands still
 * between its events; whoever does something to it does it in a visit. A meter's station always listens, for its modem
 * takes what comes within its windows only (twins/radio.ts).
 */
import { assert } from "../../firmware/assert";
import type { RadioMode } from "../../firmware/modem/airtime";
import { runUntil } from "../world/main";
import type { Queue, QueuedEvent } from "../world/queue";
import { createEvent, createQueue, scheduleEvent } from "../world/queue";
import type { World } from "../world/world";
import type { Channel, ChannelSettings, Station } from "./channel";
import { addStation, createChannel, transmitFrame } from "./channel";

export interface House {
  world: World;
  station: Station;
  /** Its world's next event, in the town's queue. */
  turn: QueuedEvent;
  /** Told after each visit. */
  on_visited: (world: World) => void;
}

export interface Town {
  queue: Queue;
  channel: Channel;
}

export function createTown(settings: ChannelSettings): Town {
  const queue = createQueue();
  return { queue: queue, channel: createChannel(queue, settings) };
}

/** Brings a meter's world to the town's time, does something there, and looks when it goes on. */
export function visit(town: Town, house: House, act: (world: World) => void): void {
  const world = house.world;
  runUntil(world, town.queue.now_ms);
  world.queue.now_ms = town.queue.now_ms;
  act(world);
  house.on_visited(world);
  const next = world.queue.head;
  if (next !== undefined) {
    scheduleEvent(town.queue, house.turn, next.at_ms);
  }
}

function look(world: World): void {
  assert(world.queue.now_ms >= 0, "a world has a time");
}

/** A world that begins at the town's time moves in; its meter sends in one mode and hears in the other. */
export function moveIn(town: Town, world: World, sends: RadioMode, hears: RadioMode): House {
  const station = addStation(town.channel);
  const turn = createEvent(function () {
    visit(town, house, look);
  });
  const house: House = { world: world, station: station, turn: turn, on_visited: look };
  station.listens = [hears];
  station.hears = function (frame) {
    visit(town, house, function () {
      world.radio.arrive(frame.slice(0, frame.length));
    });
  };
  world.radio.on_sent = function (frame) {
    transmitFrame(town.channel, station, sends, frame.slice(0, frame.length));
  };
  visit(town, house, look);
  return house;
}
