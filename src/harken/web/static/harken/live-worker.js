// The shared worker that holds the one live line of this browser, for all its tabs.
import { open_line } from "./live-line.js";

const tabs = new Map(); // port → when it was last heard
const FORGET = 70000; // ms; a tab says every 20 s that it is there
let line = null;

const say = (message) => { for (const port of tabs.keys()) port.postMessage(message); };

function greet(port) {
  if (line?.state().is_over) line = null; // somebody signed in again
  if (!line) { line = open_line(say); return; }
  const { is_up, since } = line.state();
  if (!is_up) return;
  port.postMessage({ type: "line", is_up });
  port.postMessage({ type: "hello", since });
}

function part(port) {
  tabs.delete(port);
  if (tabs.size) return;
  line?.close();
  line = null;
}

addEventListener("connect", ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    if (data === "bye") { part(port); return; }
    const is_new = !tabs.has(port);
    tabs.set(port, Date.now());
    if (is_new || data === "hello") greet(port);
  };
});

setInterval(() => { for (const [port, at] of tabs) if (Date.now() - at > FORGET) part(port); }, 20000);
