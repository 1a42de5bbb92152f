/**
 * The house stays tidy: every folder says what belongs in it, files stay one idea, and nothing is left half done.
 * It looks at what git tracks or would track, so build output and other people's scratch files do not count.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const ROOT = path.resolve(__dirname, "..", "..");
const MOST_LINES = 500;
const TOPS = ["hal", "firmware", "boards", "sim", "tools", "test"];
const SOURCE = /\.(ts|js)$/;

/** Tracked files, and new ones that are not ignored. */
function trackedFiles(): string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const listed = execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).split("\0");
  return [...new Set(listed)].filter((file) => file !== "" && fs.existsSync(path.join(ROOT, file)));
}

/** Every folder that holds a file, with the folders above it. */
function foldersOf(files: string[]): string[] {
  const folders = new Set<string>(["."]);
  for (const file of files) {
    for (let folder = path.dirname(file); folder !== "."; folder = path.dirname(folder)) folders.add(folder);
  }
  return [...folders].sort();
}

describe("house", () => {
  const files = fs.existsSync(path.join(ROOT, ".git")) ? trackedFiles() : [];
  const sources = files.filter((file) => SOURCE.test(file));
  const text = (file: string): string => fs.readFileSync(path.join(ROOT, file), "utf8");

  before(function () {
    if (files.length === 0) this.skip(); // An unpacked archive has no git to ask.
  });

  it("has no folder at the top but hal, firmware, boards, sim, tools, test", () => {
    const tops = foldersOf(files).filter((folder) => folder !== "." && !folder.includes("/"));
    assert.deepEqual(
      tops.filter((top) => !TOPS.includes(top) && top !== ".ci"),
      [],
    );
  });

  it("has a README in every folder", () => {
    const bare = foldersOf(files).filter((folder) => folder !== ".ci" && !isFixture(folder));
    assert.deepEqual(
      bare.filter((folder) => !fs.existsSync(path.join(ROOT, folder, "README.md"))),
      [],
    );
  });

  it(`has no source file of more than ${MOST_LINES} lines`, () => {
    const long = sources.filter((file) => text(file).split("\n").length > MOST_LINES + 1);
    assert.deepEqual(long, []);
  });

  it("has no test that runs alone", () => {
    const alone = files.filter(
      (file) => file.endsWith(".test.ts") && /\b(it|describe|context)\.only\(/.test(text(file)),
    );
    assert.deepEqual(alone, []);
  });

  it("has no open end without the number of its issue", () => {
    // Assembled, so that this file does not find itself. Allowed is the word followed by (#12).
    const open = new RegExp(`\\b(${["TO", "DO"].join("")}|${["FIX", "ME"].join("")})\\b(?!\\(#\\d+\\))`);
    assert.deepEqual(
      sources.filter((file) => open.test(text(file))),
      [],
    );
  });

  it("names no registry host in the lock file", () => {
    assert.doesNotMatch(text("package-lock.json"), /"resolved":\s*"https?:/);
  });
});

/** Folders whose files are made to be looked at by a test, not by a person. */
function isFixture(folder: string): boolean {
  return folder.split("/").includes("fixtures");
}
