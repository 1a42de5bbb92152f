import type { FuzzBreak } from "./break";

export const broken: FuzzBreak = {
  does: "takes for sure that a challenge has sixteen bytes",
  pieces: [
    {
      file: "firmware/card/channel.ts",
      find: `  if (challenge.length !== AES_BLOCK_BYTES) {
    return undefined;
  }
`,
      replace: "",
    },
  ],
  noticed_by: ["no_crash"],
};
