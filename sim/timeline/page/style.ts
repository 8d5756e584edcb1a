/** The style sheet of a run's page, for light and dark mode. */

export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --text: #1d2430; --dim: #66708a; --line: #d3d8e0; --lane: #f4f6f9;
  --accent: #0b62d6; --select: #e3eefd; --bad: #c02626; --good: #1a7f37; --arrow: #8e99ab;
  --band: rgba(214, 120, 20, 0.18); --bar: #9cc4f5; --read: #5aa469;
  --kind-send: #0b62d6; --kind-receive: #0b62d6; --kind-state: #8250df; --kind-act: #9a6700;
  --kind-start: #1a7f37; --kind-log: #66708a; --kind-deliver: #9aa5b5; --kind-fault: #c02626;
  --kind-connect: #0a7d8c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161d; --text: #e2e8f1; --dim: #93a0b4; --line: #313a48; --lane: #1a202a;
    --accent: #6cabff; --select: #1d3350; --bad: #ff7b72; --good: #56d364; --arrow: #5d6a7e;
    --band: rgba(230, 140, 40, 0.25); --bar: #2f5d92; --read: #3f8a52;
    --kind-send: #6cabff; --kind-receive: #6cabff; --kind-state: #c297ff; --kind-act: #d9a441;
    --kind-start: #56d364; --kind-log: #93a0b4; --kind-deliver: #66738a; --kind-fault: #ff7b72;
    --kind-connect: #4fc4d3;
  }
}
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body {
  display: grid; grid-template-rows: auto auto auto minmax(160px, 1.15fr) minmax(180px, 1fr);
  background: var(--ground); color: var(--text); font: 13px/1.45 system-ui, sans-serif;
}
header { padding: 8px 12px 4px; display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: baseline; }
h1 { font-size: 16px; margin: 0; }
h2 { font-size: 12px; margin: 12px 0 4px; color: var(--dim); font-weight: 600; }
h2:first-child { margin-top: 0; }
code, pre, .time, .slot { font-family: ui-monospace, monospace; font-size: 12px; }
.fact { color: var(--dim); } .fact b { color: var(--text); font-weight: 600; }
.left-out { width: 100%; margin: 0; color: var(--bad); }
.dim { color: var(--dim); } .bad { color: var(--bad); } .good { color: var(--good); margin: 0; }
#findings { padding: 0 12px 4px; max-height: 20vh; overflow: auto; }
table { border-collapse: collapse; } td, th { text-align: left; padding: 1px 12px 1px 0; vertical-align: top; }
#tools { display: flex; flex-wrap: wrap; gap: 6px; padding: 4px 12px 6px; align-items: center;
  border-bottom: 1px solid var(--line); }
button, input { font: inherit; color: inherit; background: var(--lane);
  border: 1px solid var(--line); border-radius: 4px; padding: 1px 8px; }
button { cursor: pointer; } button:hover { border-color: var(--accent); }
input { width: 22em; max-width: 40vw; } input.absent { border-color: var(--bad); }
#help { width: 100%; margin: 2px 0 0; color: var(--dim); }
kbd { font: inherit; border: 1px solid var(--line); border-radius: 3px; padding: 0 4px;
  background: var(--lane); color: var(--text); }
#lanes { position: relative; overflow: auto; min-width: 0; }
#canvas { position: sticky; top: 0; left: 0; display: block; }
#below { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); min-height: 0;
  border-top: 1px solid var(--line); }
#list { overflow: auto; position: relative; } #list .area { position: relative; }
.row { position: absolute; left: 0; right: 0; height: 22px; display: flex; gap: 10px;
  padding: 1px 12px; white-space: nowrap; cursor: pointer; }
.row:hover { background: var(--lane); } .row.selected { background: var(--select); }
.row .time { width: 7em; text-align: right; color: var(--dim); flex: none; }
.row .who { width: 15em; flex: none; overflow: hidden; text-overflow: ellipsis; }
.row .what { overflow: hidden; text-overflow: ellipsis; }
.what.send, .what.receive { color: var(--kind-send); } .what.state { color: var(--kind-state); }
.what.act { color: var(--kind-act); } .what.start { color: var(--kind-start); }
.what.deliver, .what.ended { color: var(--dim); } .what.end, .what.fault { color: var(--bad); }
#panel { overflow: auto; padding: 8px 12px; border-left: 1px solid var(--line); }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 16em; overflow: auto;
  background: var(--lane); padding: 6px 8px; border-radius: 4px; }
.link { margin-top: 6px; }
.badge { background: hsl(var(--hue) 60% 86%); border-radius: 3px; padding: 0 5px; }
@media (prefers-color-scheme: dark) { .badge { background: hsl(var(--hue) 40% 27%); } }
.ring p { margin: 4px 0; }
.slots { display: grid; grid-template-columns: repeat(auto-fill, minmax(110px, 1fr)); gap: 4px; }
.slot { position: relative; height: 20px; border: 1px solid var(--line); border-radius: 3px; overflow: hidden; }
.slot.open { border-color: var(--accent); border-width: 2px; }
.slot i, .slot b { position: absolute; left: 0; top: 0; bottom: 0; background: var(--bar); }
.slot b { background: var(--read); } .slot span { position: relative; padding: 0 4px; line-height: 17px; }
@media (max-width: 800px) { #below { grid-template-columns: 1fr; overflow: auto; } #panel { border-left: 0; }
  .row .time { width: 5em; } .row .who { width: 9em; } }
`;
