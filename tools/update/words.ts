/**
 * What an update says, for people line by line and for programs as JSON.
 */
import { leafOf } from "../lms/key";
import { scopeText, startText } from "../tariff/words";
import { fragmentCountOf, nameOf } from "./making";
import type { UpdateFile } from "./update_file";

function hexOf(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString("hex");
}

/** One row a field. */
export function updateRows({ manifest, signed_bytes, signature }: UpdateFile): string[][] {
  const { region, utility, version, image_bytes, fragment_bytes, key_revision } = manifest;
  const by = `update key ${key_revision}`;
  const made = `${signature.length} bytes, ${by}`;
  return [
    ["region", `${region}, utility ${utility}`],
    ["board", manifest.board],
    ["version", `${version}${manifest.allow_down ? ", also on meters with a higher one" : ""}`],
    ["issued", startText(manifest.issued_utc_s)],
    ["start", startText(manifest.start_utc_s)],
    ["for", scopeText(manifest)],
    ["legal part", hexOf(manifest.legal_sha256)],
    ["image", hexOf(manifest.image_sha256)],
    ["", `${image_bytes} bytes, ${fragmentCountOf(manifest)} fragments of up to ${fragment_bytes}`],
    ["manifest", `${signed_bytes.length} bytes, name ${hexOf(nameOf(signed_bytes))}`],
    ["signature", signature.length === 0 ? `none yet, for ${by}` : `${made}, leaf ${leafOf(signature)}`],
  ];
}

/** The same for programs. */
export function updateJson({ manifest, signed_bytes, signature }: UpdateFile): object {
  const { legal_sha256, image_sha256, table_hashes: _table, key_revision, scope, group, meter, ...plain } = manifest;
  return {
    ...plain,
    update_key: key_revision,
    scope,
    ...(scope === "group" ? { group } : {}),
    ...(scope === "meter" ? { meter } : {}),
    legal_sha256: hexOf(legal_sha256),
    image_sha256: hexOf(image_sha256),
    fragments: fragmentCountOf(manifest),
    name: hexOf(nameOf(signed_bytes)),
    manifest_bytes: signed_bytes.length,
    signature: signature.length === 0 ? undefined : { bytes: signature.length, leaf: leafOf(signature) },
  };
}
