// breaks: no-var "Unexpected var"
export function f(): number {
  var a = 1;
  a += 1;
  return a;
}
