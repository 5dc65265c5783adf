// Measures ONNX Runtime's inference on one exported model and one fixed input.
//
// Run: node onnx_speed.js MODEL.onnx THREADS
// Needs the npm package onnxruntime-node, looked for from the folder in ESTAMPA_ONNXRUNTIME, then from this one and those above.
// Prints a JSON line with "ready", then answers each line "run N" on standard input with one JSON line, until the end of input.
"use strict";
const fs = require("fs");
const readline = require("readline");

function find(name) {
  try {
    return require(require.resolve(name, { paths: [process.env.ESTAMPA_ONNXRUNTIME, __dirname].filter(Boolean) }));
  } catch (error) {
    // Its other lines are a list of places.
    throw new Error(error.message.split("\n")[0]);
  }
}

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

function peakBytes() {
  const peak = /^VmHWM:\s*(\d+) kB$/m.exec(fs.existsSync("/proc/self/status") ? fs.readFileSync("/proc/self/status", "utf8") : "");
  return peak ? 1024 * Number(peak[1]) : 1024 * process.resourceUsage().maxRSS;
}

/** Median milliseconds of so many steps. */
async function run(session, feeds, steps) {
  const times = [];
  for (let step = 0; step < steps; step++) {
    const start = process.hrtime.bigint();
    await session.run(feeds);
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  times.sort((a, b) => a - b);
  return { milliseconds: (times[(steps - 1) >> 1] + times[steps >> 1]) / 2, peakBytes: peakBytes() };
}

async function main() {
  const ort = find("onnxruntime-node");
  const [file, threads] = process.argv.slice(2);
  const session = await ort.InferenceSession.create(file, {
    executionProviders: ["cpu"], intraOpNumThreads: Number(threads), interOpNumThreads: 1, executionMode: "sequential",
    graphOptimizationLevel: "all",
  });
  const { name, shape } = session.inputMetadata[0];
  const numbers = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.random());
  const feeds = { [name]: new ort.Tensor("float32", numbers, shape) };
  say({ ready: true, framework: `ONNX Runtime ${ort.env.versions.node}`, threads: Number(threads), input: shape });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const steps = Number((/^run (\d+)$/.exec(line) || [])[1]);
    say(steps > 0 ? await run(session, feeds, steps) : { error: `expected "run N", got "${line}"` });
  }
}

// The last line of standard error is what the bench shows.
main().catch((error) => { console.error(`${error}`); process.exit(1); });
