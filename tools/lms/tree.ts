/**
 * The tree over the leaves (RFC 8554 5.3): from the leaves' public keys to the root, and the path of a leaf.
 *
 * Only leaves cost something: a leaf of W8 takes 6,600 hashes, a node above it one. So leaves are what is kept on disk,
 * and everything above is computed again each time, which shows at once whether they are those of the public key.
 */
import { setImmediate } from "node:timers/promises";
import { hashInto } from "./hash";
import { otsPublicKey, type LmsKey } from "./ots";

const D_LEAF = 0x8282;
const D_INNER = 0x8383;

/** Told how many leaves are there, of how many. */
export type OnLeaf = (done: number, total: number) => void;

/** Node `number` over some bytes (RFC 8554 5.3). */
function nodeOver(key: LmsKey, number: number, separator: number, below: Buffer): Buffer {
  const front = Buffer.alloc(6);
  front.writeUInt32BE(number);
  front.writeUInt16BE(separator, 4);
  const node = Buffer.alloc(key.parameters.n);
  hashInto(Buffer.concat([key.identifier, front, below]), node, 0, node.length);
  return node;
}

/** All leaves, one after the other: n bytes each. Lets others run after each, so that progress is seen. */
export async function makeLeaves(key: LmsKey, on_leaf: OnLeaf = () => undefined): Promise<Buffer> {
  const { n, height } = key.parameters;
  const total = 2 ** height;
  const leaves = Buffer.alloc(total * n);
  for (let leaf = 0; leaf < total; leaf++) {
    nodeOver(key, total + leaf, D_LEAF, otsPublicKey(key, leaf)).copy(leaves, leaf * n);
    on_leaf(leaf + 1, total);
    await setImmediate();
  }
  return leaves;
}

/** All nodes: node r at place r, the root at 1 and the leaves from 2^height on; place 0 is empty. */
export type Tree = readonly Buffer[];

export function treeOver(key: LmsKey, leaves: Buffer): Tree {
  const { n, height } = key.parameters;
  const total = 2 ** height;
  const nodes: Buffer[] = new Array<Buffer>(2 * total).fill(Buffer.alloc(0));
  for (let leaf = 0; leaf < total; leaf++) nodes[total + leaf] = leaves.subarray(leaf * n, (leaf + 1) * n);
  for (let node = total - 1; node > 0; node--) {
    nodes[node] = nodeOver(key, node, D_INNER, Buffer.concat([nodes[2 * node], nodes[2 * node + 1]]));
  }
  return nodes;
}

/** What a verifier needs to get from a leaf to the root: the sibling at each height. */
export function pathOf(key: LmsKey, tree: Tree, leaf: number): Buffer {
  const siblings: Buffer[] = [];
  for (let node = 2 ** key.parameters.height + leaf; node > 1; node = Math.floor(node / 2))
    siblings.push(tree[node ^ 1]);
  return Buffer.concat(siblings);
}
