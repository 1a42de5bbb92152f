/** Tokens in the place of words: the same program, on the real interpreter. */
import assert from "node:assert/strict";
import { tokenise } from "../../../sim/bundle/tokens";
import { runChild } from "../../../sim/engines/child";
import { espruinoMissing, findEspruino } from "../../../sim/engines/espruino";

/** Every word and operator of ES5 that bundles have, where leaving out a space would change what is said. */
const SCRIPT = [
  "function f(a,b){if(a>=b&&a!==b||!a)return a- -b;else return a+ +b}",
  "var n=0,o={of:1,in_:2,default_:3},l=[],u=undefined,t=true,z=false,e=null;",
  "for(var i=0;i<4;i++){if(i==2)continue;n+=i;l.push(typeof i)}",
  "while(true){n-=1;if(n<=0)break}do{n++}while(n<3);",
  'switch(n){case 3:l.push("if var return");break;default:l.push("no")}',
  "l.push(o.of,o.in_,o.default_,u===undefined,t!=z,e===null,1<<4,6&3,6|3,6^3,void 0===u,new Array(2).length);",
  'try{throw "thrown"}catch(x){l.push(x)}finally{l.push("finally")}',
  'print("@T"+[f(1,2),f(5,2),f(0,3),n].concat(l).join());',
].join("");
const SAID = "3,7,3,3,number,number,number,if var return,1,2,3,true,true,true,16,2,7,5,true,2,thrown,finally";

describe("tokens of a bundle", () => {
  it("are bytes, one for a word or an operator, and leave names, numbers and texts as they are", () => {
    const { code, now } = tokenise("if (a >= 0) return 'if'; else b.delete = c + +d;");
    assert.equal(code, "\xa3(a\x910)\xab'if';\xa4b.delete=c+ +d;");
    assert.deepEqual([now(0), now(4), now(1)], [0, 2, undefined]);
  });

  it("run as the words do", async function () {
    if (espruinoMissing() !== undefined) return this.skip();
    for (const text of [SCRIPT, tokenise(SCRIPT).code]) {
      const said: string[] = [];
      await runChild({
        engine: "espruino",
        command: findEspruino() ?? "",
        arguments: ["run.js"],
        files: { "run.js": `${text};print("@Rok");quit()` },
        run_limit_ms: 60_000,
        on_line: (line) => said.push(line),
      });
      assert.deepEqual(said, [SAID]);
    }
  });
});
