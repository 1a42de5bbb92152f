/**
 * The network's side of LoRaWAN: one application with its devices, and one multicast group. Joins are answered, frames
 * up are handed on once, frames down are made. Not modelled: gateways, receive windows, adaptive rates, confirmations.
 */
import type { Crypto } from "../../hal/crypto";
import { assert } from "../../firmware/assert";
import { sameBytes } from "../../firmware/crypto/cmac";
import type { DataFrame, Session } from "./lorawan";
import { addressOf, DATA_DOWN, DATA_UP, dataFrame, joinAccept, readData, readJoinRequest, sessionOf } from "./lorawan";

const NETWORK = 0x000013;
const FIRST_ADDRESS = 0x26011000;

export interface NetworkDevice {
  /** As a person writes it: high byte first. */
  device_eui: number[];
  app_key: number[];
  /** Nonces of joins so far: none counts twice. */
  nonces: number[];
  session: Session | undefined;
  next_up: number;
  next_down: number;
}

export interface Network {
  crypto: Crypto;
  devices: NetworkDevice[];
  joins: number;
  group: Session;
  next_group: number;
  on_up: (device: NetworkDevice, frame: DataFrame) => void;
}

export function createNetwork(crypto: Crypto, group: Session): Network {
  return {
    crypto: crypto,
    devices: [],
    joins: 0,
    group: group,
    next_group: 0,
    on_up: function (device, frame) {
      assert(device.session !== undefined && frame.counter >= 0, "who sends has joined");
    },
  };
}

export function addDevice(network: Network, device_eui: number[], app_key: number[]): NetworkDevice {
  const device: NetworkDevice = {
    device_eui: device_eui,
    app_key: app_key,
    nonces: [],
    session: undefined,
    next_up: 0,
    next_down: 0,
  };
  network.devices.push(device);
  return device;
}

function turned(bytes: number[]): number[] {
  const other: number[] = [];
  for (let i = bytes.length - 1; i >= 0; i--) {
    other.push(bytes[i]);
  }
  return other;
}

/** The answer to a join request of one of the devices, whose nonce is new; undefined for anything else. */
function answerJoin(network: Network, frame: number[]): number[] | undefined {
  for (const device of network.devices) {
    const request = readJoinRequest(network.crypto, device.app_key, frame);
    if (request !== undefined && sameBytes(turned(request.device_eui), device.device_eui)) {
      if (device.nonces.indexOf(request.nonce) >= 0) {
        return undefined;
      }
      device.nonces.push(request.nonce);
      network.joins += 1;
      const accept = { join_nonce: network.joins, network: NETWORK, address: FIRST_ADDRESS + network.joins };
      device.session = sessionOf(network.crypto, device.app_key, accept, request.nonce);
      device.next_up = 0;
      device.next_down = 0;
      return joinAccept(network.crypto, device.app_key, accept);
    }
  }
  return undefined;
}

/** A frame arrives at the network; what it answers at once. */
export function networkHears(network: Network, frame: number[]): number[] | undefined {
  const address = addressOf(DATA_UP, frame);
  if (address === undefined) {
    return answerJoin(network, frame);
  }
  for (const device of network.devices) {
    const session = device.session;
    if (session !== undefined && session.address === address) {
      const data = readData(network.crypto, session, DATA_UP, device.next_up, frame);
      if (data !== undefined) {
        device.next_up = data.counter + 1;
        network.on_up(device, data);
      }
    }
  }
  return undefined;
}

/** A frame to one device, which must have joined. */
export function frameTo(network: Network, device: NetworkDevice, port: number, payload: number[]): number[] {
  const session = device.session;
  assert(session !== undefined, "a frame goes to who has joined");
  const counter = device.next_down;
  device.next_down += 1;
  if (session === undefined) {
    return [];
  }
  const data = { address: session.address, counter: counter, port: port, payload: payload };
  return dataFrame(network.crypto, session, DATA_DOWN, data);
}

/** A frame to the whole group. */
export function frameToGroup(network: Network, port: number, payload: number[]): number[] {
  const counter = network.next_group;
  network.next_group += 1;
  const data = { address: network.group.address, counter: counter, port: port, payload: payload };
  return dataFrame(network.crypto, network.group, DATA_DOWN, data);
}
