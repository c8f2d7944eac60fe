#include "verify/report_page.hpp"

namespace lbdrain::ctl {

const std::string_view page_head = R"page(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>drainctl verify</title>
<style>
:root { color-scheme: light dark; --paper: #fbfbfa; --card: #ffffff; --ink: #1b1e23;
  --soft: #5d6570; --line: #dfe2e6; --wait: #b7c3d3; --flow: #2a72c8; --bad: #c8312b;
  --good: #1f7a3d; --mark: #f3e3b3; --second: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --paper: #14161a; --card: #1c1f25; --ink: #e8eaed;
  --soft: #9aa3af; --line: #31363e; --wait: #47546a; --flow: #5e9df0; --bad: #ff6f66;
  --good: #57c07a; --mark: #3d3620; --second: #e0a93f; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 24px; background: var(--paper); color: var(--ink);
  font: 14px/1.45 system-ui, sans-serif; }
main { max-width: 1180px; margin: 0 auto; }
h1 { font-size: 22px; margin: 0 0 4px; } h2 { font-size: 15px; margin: 0 0 2px; }
.good { color: var(--good); } .bad { color: var(--bad); }
p { margin: 0 0 6px; } .soft { color: var(--soft); font-size: 13px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 14px 16px; margin: 14px 0; overflow-x: auto; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 10px;
  margin: 14px 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 10px 14px; }
.tile b { display: block; font-size: 20px; font-variant-numeric: tabular-nums; }
canvas { display: block; width: 100%; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 4px 14px 4px 0; border-bottom: 1px solid var(--line);
  white-space: nowrap; vertical-align: top; }
td.wide { white-space: normal; } th { color: var(--soft); font-weight: 500; font-size: 12px; }
td.n, th.n { text-align: right; }
.legend span { display: inline-block; margin-right: 16px; color: var(--soft); font-size: 13px; }
.legend i { display: inline-block; width: 14px; height: 9px; margin-right: 6px;
  border-radius: 2px; }
#tip { position: fixed; display: none; pointer-events: none; background: var(--ink);
  color: var(--paper); padding: 6px 9px; border-radius: 5px; font-size: 12px; max-width: 360px;
  white-space: pre-line; z-index: 1; }
</style>
</head>
<body>
<main>
<h1 id="verdict"></h1>
<p class="soft" id="what"></p>
<div class="tiles" id="tiles"></div>
<section><h2>Every request</h2>
<p class="soft" id="timeline-note"></p>
<p class="legend"><span><i style="background:var(--wait)"></i>waiting for its first token</span>
<span><i style="background:var(--flow)"></i>tokens coming</span>
<span><i style="background:var(--bad)"></i>failed, &times; where it ended</span>
<span><i style="background:var(--mark)"></i>the action</span></p>
<canvas id="timeline"></canvas></section>
<section><h2>Requests that ended, a second</h2><canvas id="rate"></canvas></section>
<section><h2>Tokens a second</h2><canvas id="tokens"></canvas></section>
<section><h2>Time to first token, by the second it came</h2>
<p class="legend"><span><i style="background:var(--flow)"></i>median</span>
<span><i style="background:var(--second)"></i>longest</span></p>
<canvas id="first"></canvas></section>
<section><h2>Longest pause between two tokens of a request</h2>
<canvas id="pause"></canvas></section>
<section><h2>Times: p50 / p90 / p99 / max</h2><table id="times"></table></section>
<section id="failed"><h2>What failed</h2><table id="failures"></table></section>
<p class="soft" id="own"></p>
</main>
<div id="tip"></div>
<script type="application/json" id="data">)page";

const std::string_view page_tail = R"page(</script>
<script>
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const report = data.report, entries = data.entries, seconds = data.seconds;
const byId = id => document.getElementById(id);
const colour = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name);
const time = s => s === null || s === undefined ? "" : s >= 10 ? s.toFixed(1) + " s"
  : s >= 1 ? s.toFixed(2) + " s" : s >= 0.01 ? Math.round(s * 1000) + " ms"
  : (s * 1000).toFixed(1) + " ms";
const add = (to, tag, text, name) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (name) element.className = name;
  to.append(element);
  return element;
};
const end = Math.max(report.wall_s, 0.001);
const action = report.action;

function head() {
  byId("verdict").textContent = (report.passed ? "Passed: " : "Failed: ") + report.verdict;
  byId("verdict").className = report.passed ? "good" : "bad";
  byId("what").textContent = report.url + ", " + new Date(report.began_unix_ms).toLocaleString() +
    (action ? ". Action: " + action.command + ", " + time(action.began_s) + " to " +
     (action.ended_s === null ? "no end" : time(action.ended_s)) + ", exit code " +
     action.exit_code : "");
  const tiles = [["requests", report.requests], ["good", report.ok], ["failed", report.failed],
    ["tokens", report.tokens], ["longest pause", time(report.longest_pause_s)]];
  if (action) tiles.push(["good through the action", action.ok_through_it]);
  for (const [name, value] of tiles) {
    const tile = add(byId("tiles"), "div", undefined, "tile");
    add(tile, "b", typeof value === "number" ? value.toLocaleString("en") : value,
        name === "failed" && value > 0 ? "bad" : "");
    add(tile, "span", name, "soft");
  }
  const generator = report.generator;
  byId("own").textContent = "The generator used " + Math.round(generator.cpu_share * 100) +
    " % of a core and " + Math.round(generator.peak_kib / 1024) + " MiB. " +
    report.stale_connections + " requests were sent again because a kept connection had been " +
    "closed unused. " + generator.limits.join(" ");
}

function row(table, cells, tag, numbers) {
  const line = add(table, "tr");
  cells.forEach((cell, i) => add(line, tag, cell, numbers.includes(i) ? "n" : ""));
  return line;
}

function tables() {
  const spread = t => t.count === 0 ? "" :
    [t.p50_s, t.p90_s, t.p99_s, t.max_s].map(time).join(" / ");
  const times = byId("times");
  row(times, ["Phase", "Replica", "Good", "Failed", "First token", "Between tokens", "Total"],
      "th", [2, 3]);
  for (const [phase, all] of Object.entries(report.phases)) {
    for (const [name, t] of [["all", all], ...Object.entries(all.replicas)]) {
      if (t.ok + t.failed + t.tokens > 0) {
        row(times, [action ? phase : "", name, t.ok, t.failed, spread(t.first_token),
                    spread(t.between_tokens), spread(t.total)], "td", [2, 3]);
      }
    }
  }
  if (report.failed === 0) {
    byId("failed").style.display = "none";
    return;
  }
  const failures = byId("failures");
  row(failures, ["Number", "Class", "Which means"], "th", [0]);
  for (const [name, count] of Object.entries(report.details)) {
    row(failures, [count, name, data.meanings[name.split(":")[0]]], "td", [0])
      .lastChild.className = "wide";
  }
}

const left = 46, bottom = 20;
// A canvas as wide as its place, sharp on any screen; the x axis with seconds, the action marked.
function canvas(id, height, most, unit) {
  const element = byId(id), width = element.parentElement.clientWidth - 32;
  const scale = window.devicePixelRatio || 1;
  element.width = width * scale;
  element.height = height * scale;
  element.style.height = height + "px";
  const pen = element.getContext("2d");
  pen.scale(scale, scale);
  pen.font = "11px system-ui, sans-serif";
  const x = s => left + s / end * (width - left - 8);
  const y = v => (height - bottom) - v / (most || 1) * (height - bottom - 16);
  if (action) {
    const from = x(action.began_s), to = x(action.ended_s === null ? end : action.ended_s);
    pen.fillStyle = colour("mark");
    pen.fillRect(from, 0, Math.max(2, to - from), height - bottom);
  }
  pen.fillStyle = colour("soft");
  pen.strokeStyle = colour("line");
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200]
    .find(s => end / s <= 12) || end / 10;
  pen.textAlign = "center";
  for (let s = 0; s <= end; s += step) {
    pen.fillText(+s.toFixed(1) + " s", x(s), height - 5);
  }
  pen.textAlign = "right";
  if (unit !== undefined) {
    for (const v of [0, most / 2, most]) {
      pen.beginPath();
      pen.moveTo(left, y(v));
      pen.lineTo(width - 8, y(v));
      pen.stroke();
      pen.fillText(unit === "s" ? time(v) : +v.toFixed(1), left - 6, y(v) + 4);
    }
  }
  return {element, pen, x, y, width, height};
}

// Requests side by side in as few lanes as there were at a time.
const lanes = [];
for (const entry of entries) {
  let lane = lanes.findIndex(free => free <= entry[0]);
  if (lane < 0) lane = lanes.push(0) - 1;
  lanes[lane] = entry[0] + Math.max(entry[2], 1);
  entry.lane = lane;
}

function timeline() {
  const thick = Math.max(1.5, Math.min(12, 520 / Math.max(lanes.length, 1)));
  const at = canvas("timeline", lanes.length * thick + bottom + 8, 1);
  const pen = at.pen, gap = thick > 4 ? 1 : 0;
  for (const entry of entries) {
    const [start, first, total, kind] = entry;
    const top = entry.lane * thick, from = at.x(start / 1000), to = at.x((start + total) / 1000);
    const middle = first < 0 ? to : at.x((start + first) / 1000);
    pen.fillStyle = colours.wait;
    pen.fillRect(from, top, Math.max(0.5, middle - from), thick - gap);
    pen.fillStyle = kind === 0 ? colours.flow : colours.bad;
    const seam = gap && kind === 0 ? 1 : 0;
    if (first >= 0) pen.fillRect(middle, top, Math.max(0.5, to - middle - seam), thick - gap);
    if (kind !== 0) {
      pen.strokeStyle = colours.bad;
      pen.lineWidth = 1.5;
      const r = Math.max(2, Math.min(4, thick / 2 - 1)), mid = top + thick / 2;
      pen.beginPath();
      pen.moveTo(to - r, mid - r); pen.lineTo(to + r, mid + r);
      pen.moveTo(to - r, mid + r); pen.lineTo(to + r, mid - r);
      pen.stroke();
    }
  }
  if (action) {  // over the bars, which hide its ground
    pen.strokeStyle = colours.ink;
    pen.lineWidth = 1.5;
    pen.setLineDash([5, 3]);
    for (const s of [action.began_s, action.ended_s]) {
      if (s === null) continue;
      pen.beginPath();
      pen.moveTo(at.x(s), 0);
      pen.lineTo(at.x(s), at.height - bottom);
      pen.stroke();
    }
    pen.setLineDash([]);
  }
  at.element.onmousemove = event => {
    const box = at.element.getBoundingClientRect();
    const lane = Math.floor((event.clientY - box.top) / thick);
    const ms = (event.clientX - box.left - left) / (at.width - left - 8) * end * 1000;
    const hit = entries.find(e => e.lane === lane && e[0] <= ms + 3 && ms <= e[0] + e[2] + 3);
    const tip = byId("tip");
    tip.style.display = hit ? "block" : "none";
    if (!hit) return;
    tip.textContent = data.classes[hit[3]] + (hit[5] ? ", status " + hit[5] : "") + "\n" +
      (data.replicas[hit[4]] ? "replica " + data.replicas[hit[4]] + "\n" : "") +
      "began at " + time(hit[0] / 1000) + "\nfirst token after " +
      (hit[1] < 0 ? "- (none)" : time(hit[1] / 1000)) + "\nended after " + time(hit[2] / 1000);
    tip.style.left = Math.min(event.clientX + 14, window.innerWidth - 240) + "px";
    tip.style.top = event.clientY + 14 + "px";
  };
  at.element.onmouseleave = () => { byId("tip").style.display = "none"; };
  byId("timeline-note").textContent = entries.length.toLocaleString("en") + " requests, " +
    lanes.length + " at a time" + (data.left_out > 0 ? "; " +
    data.left_out.toLocaleString("en") + " good ones are left out here" : "");
}

function bars(id, series) {
  const most = Math.max(1, ...seconds.map(s => series.reduce((sum, [i]) => sum + s[i], 0)));
  const at = canvas(id, 130, most, "");
  seconds.forEach((second, i) => {
    let below = 0;
    for (const [index, name] of series) {
      const value = second[index];
      at.pen.fillStyle = colours[name];
      const wide = Math.max(1, at.x(Math.min(i + 1, end)) - at.x(i) - 1);
      at.pen.fillRect(at.x(i), at.y(below + value), wide, at.y(below) - at.y(below + value));
      below += value;
    }
  });
}

function lines(id, series) {
  const most = Math.max(0.001, ...series.flatMap(([values]) => values.filter(v => v !== null)));
  const at = canvas(id, 130, most, "s");
  for (const [values, name] of series) {
    at.pen.strokeStyle = at.pen.fillStyle = colours[name];
    at.pen.lineWidth = 2;
    at.pen.beginPath();
    let drawing = false;
    values.forEach((value, i) => {
      if (value === null) { drawing = false; return; }
      const x = at.x(Math.min(i + 0.5, end)), y = at.y(value);
      if (drawing) at.pen.lineTo(x, y); else at.pen.moveTo(x, y);
      at.pen.fillRect(x - 2, y - 2, 4, 4);
      drawing = true;
    });
    at.pen.stroke();
  }
}

let colours = {};
function draw() {
  for (const name of ["wait", "flow", "bad", "second", "ink"]) colours[name] = colour(name);
  timeline();
  bars("rate", [[1, "flow"], [2, "bad"]]);
  bars("tokens", [[3, "flow"]]);
  const firsts = seconds.map(() => []);
  for (const [start, first] of entries) {
    const second = Math.floor((start + first) / 1000);
    if (first >= 0 && firsts[second]) firsts[second].push(first / 1000);
  }
  firsts.forEach(list => list.sort((a, b) => a - b));
  lines("first", [
    [firsts.map(list => list.length ? list[list.length - 1] : null), "second"],
    [firsts.map(list => list.length ? list[Math.floor((list.length - 1) / 2)] : null), "flow"]]);
  lines("pause", [[seconds.map(s => s[4] > 0 ? s[4] / 1e6 : null), "flow"]]);
}
head();
tables();
draw();
window.addEventListener("resize", draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
</script>
</body>
</html>
)page";

}  // namespace lbdrain::ctl
