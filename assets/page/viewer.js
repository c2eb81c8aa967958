"use strict";
// Draws the panels of a figure with WebGL 2 and nothing else. One rotation, zoom and shift for all panels.

const content = JSON.parse(document.getElementById("content").textContent);
const canvas = document.querySelector("canvas.stage");
const gl = canvas.getContext("webgl2", { antialias: true });
const BAR = 44; // pixels of the line of buttons

const VERTEX = `#version 300 es
in vec3 position; in vec3 normal; in vec3 color; in float value;
uniform mat4 projection, view; uniform float size;
out vec3 shade, n; out float number;
void main() {
  vec4 seen = view * vec4(position, 1.0);
  gl_Position = projection * seen;
  gl_PointSize = size / -seen.z;
  shade = color; n = mat3(view) * normal; number = value;
}`;

// Lights move with the camera: a key from above the left shoulder, a fill from the right, a rim from behind.
const FRAGMENT = `#version 300 es
precision highp float;
in vec3 shade, n; in float number; out vec4 pixel;
uniform sampler2D map; uniform vec2 limits; uniform bool byValue, points;
void main() {
  vec3 base = shade;
  if (byValue) {
    float level = (number - limits.x) / (limits.y - limits.x);
    base = number > 1e29 ? vec3(0.6) : texture(map, vec2(clamp(level, 0.002, 0.998), 0.5)).rgb;
  }
  vec3 out_ = normalize(n);
  if (points) {
    vec2 at = 2.0 * gl_PointCoord - 1.0;
    if (dot(at, at) > 1.0) discard;
    out_ = vec3(at.x, -at.y, sqrt(1.0 - dot(at, at)));
  } else if (!gl_FrontFacing) out_ = -out_;
  float light = 0.34 + 0.66 * (0.78 * max(dot(out_, normalize(vec3(-0.6, 0.9, 1.0))), 0.0)
    + 0.3 * max(dot(out_, normalize(vec3(1.0, 0.1, 0.8))), 0.0)
    + 0.25 * max(dot(out_, normalize(vec3(0.2, 0.6, -1.0))), 0.0));
  pixel = vec4(base * light * 1.12, 1.0);
}`;

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const floats = (text) => new Float32Array(bytes(text).buffer);
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const unit = (a) => { const size = Math.hypot(...a) || 1; return a.map((part) => part / size); };
const sum = (...terms) => [0, 1, 2].map((axis) => terms.reduce((total, [k, v]) => total + k * v[axis], 0));

const view = { yaw: 0, pitch: 0, zoom: 1, shift: [0, 0], frame: 0 };
const program = gl && link();
const panels = gl ? content.panels.map(prepared) : [];

function link() {
  const made = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  }
  ["position", "normal", "color", "value"].forEach((name, place) => gl.bindAttribLocation(made, place, name));
  gl.linkProgram(made);
  return made;
}

function attribute(place, array, width, normalized = false) {
  const buffer = gl.createBuffer();
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferData(gl.ARRAY_BUFFER, array, gl.STATIC_DRAW);
  gl.enableVertexAttribArray(place);
  gl.vertexAttribPointer(place, width, array instanceof Uint8Array ? gl.UNSIGNED_BYTE : gl.FLOAT, normalized, 0, 0);
  return buffer;
}

function prepared(panel) {
  const layers = panel.layers.map((layer) => {
    const positions = floats(layer.vertices);
    const drawn = { ...layer, n: positions.length / 3, array: gl.createVertexArray() };
    gl.bindVertexArray(drawn.array);
    attribute(0, positions, 3);
    if (layer.normals) attribute(1, floats(layer.normals), 3);
    if (layer.colors) attribute(2, bytes(layer.colors), 3, true);
    if (layer.values) {
      drawn.numbers = floats(layer.values.data);
      drawn.buffer = attribute(3, drawn.numbers.subarray(0, drawn.n), 1);
      drawn.map = gl.createTexture();
      gl.bindTexture(gl.TEXTURE_2D, drawn.map);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB, 256, 1, 0, gl.RGB, gl.UNSIGNED_BYTE, bytes(layer.values.map));
      for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, name, gl.LINEAR);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    }
    if (layer.faces) {
      const faces = new Uint32Array(bytes(layer.faces).buffer);
      drawn.corners = faces.length;
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, faces, gl.STATIC_DRAW);
    }
    gl.bindVertexArray(null);
    return { ...drawn, positions };
  });
  return { layers, below: legend(panel), caption: panel.caption };
}

function legend(panel) {
  const box = document.createElement("div");
  box.className = "below";
  const line = (text) => { const one = document.createElement("div"); one.textContent = text; box.append(one); return one; };
  if (panel.caption) line(panel.caption);
  const shown = panel.layers.map((layer) => layer.values).find((values) => values);
  if (shown) {
    const words = line(shown.labels[0]);
    const strip = document.createElement("canvas");
    [strip.width, strip.height] = [256, 1];
    const colors = bytes(shown.map);
    const picture = strip.getContext("2d").createImageData(256, 1);
    for (let at = 0; at < 256; at++) picture.data.set([...colors.subarray(3 * at, 3 * at + 3), 255], 4 * at);
    strip.getContext("2d").putImageData(picture, 0, 0);
    box.append(strip);
    const ends = line("");
    ends.className = "ends";
    for (const part of [0, 0.5, 1]) {
      const number = document.createElement("span");
      number.textContent = String(Number((shown.low + part * (shown.high - shown.low)).toPrecision(3)));
      ends.append(number);
    }
    box.words = words;
    box.labels = shown.labels;
  }
  document.body.append(box);
  return box;
}

// Where the eye is so that the points just fill the frame.
function fitted(panel, right, over, toward, aspect) {
  const half = Math.tan((content.angle * Math.PI) / 360) * 0.93;
  const room = [half * aspect, half];
  const most = [[-Infinity, -Infinity], [-Infinity, -Infinity]];
  let depth = -Infinity;
  for (const layer of panel.layers) {
    const step = 3 * Math.ceil(layer.n / 6000);
    for (let at = 0; at < layer.positions.length; at += step) {
      const point = layer.positions.subarray(at, at + 3);
      const z = dot(point, toward);
      depth = Math.max(depth, z);
      [dot(point, right), dot(point, over)].forEach((side, axis) => {
        most[axis][0] = Math.max(most[axis][0], z * room[axis] + side);
        most[axis][1] = Math.max(most[axis][1], z * room[axis] - side);
      });
    }
  }
  const middle = most.map(([a, b]) => (a - b) / 2);
  const near = Math.max(...most.map(([a, b], axis) => (a + b) / (2 * room[axis])), depth + 1e-3);
  return { focus: sum([middle[0], right], [middle[1], over]), distance: near };
}

function axes(yaw, pitch) {
  const up = content.up;
  const turn = (v, axis, angle) =>
    sum([Math.cos(angle), v], [Math.sin(angle), cross(axis, v)], [(1 - Math.cos(angle)) * dot(axis, v), axis]);
  let toward = turn(unit(content.eye), up, yaw);
  let right = cross(up, toward);
  right = Math.hypot(...right) < 1e-6 ? turn(unit(cross(up, [up[1], up[2], up[0]])), up, yaw) : unit(right);
  toward = turn(toward, right, -pitch);
  return { toward, right, over: cross(toward, right) };
}

function matrices(panel, width, height) {
  const { toward, right, over } = axes(view.yaw, view.pitch);
  const start = axes(0, 0);
  const aspect = width / height;
  const { focus, distance } = fitted(panel, start.right, start.over, start.toward, aspect);
  const far = distance / view.zoom;
  const eye = sum([1, focus], [far, toward], [view.shift[0], right], [view.shift[1], over]);
  const seen = [right, over, toward];
  const place = new Float32Array(16);
  seen.forEach((axis, row) => { for (let c = 0; c < 3; c++) place[4 * c + row] = axis[c]; place[12 + row] = -dot(axis, eye); });
  place[15] = 1;
  const f = 1 / Math.tan((content.angle * Math.PI) / 360);
  const [n, z] = [Math.max(far - 3, far * 0.01), far + 3];
  const projection = new Float32Array([f / aspect, 0, 0, 0, 0, f, 0, 0, 0, 0, (z + n) / (n - z), -1, 0, 0, (2 * z * n) / (n - z), 0]);
  return { place, projection, f };
}

function draw() {
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (!width || !height) return;
  [canvas.width, canvas.height] = [width * scale, height * scale];
  gl.clearColor(1, 1, 1, 1);
  gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  gl.enable(gl.DEPTH_TEST);
  gl.useProgram(program);
  const at = (name) => gl.getUniformLocation(program, name);
  const [rows, columns] = content.grid;
  const [w, h] = [width / columns, (height - BAR) / rows];
  panels.forEach((panel, number) => {
    const [x, y] = [(number % columns) * w, BAR + Math.floor(number / columns) * h];
    const below = panel.below.offsetHeight + 8;
    Object.assign(panel.below.style, { left: `${x}px`, width: `${w}px`, top: `${y + h - below}px` });
    const room = Math.max(h - below, 20);
    gl.viewport(x * scale, (height - y - room) * scale, w * scale, room * scale);
    const { place, projection, f } = matrices(panel, w, room);
    gl.uniformMatrix4fv(at("view"), false, place);
    gl.uniformMatrix4fv(at("projection"), false, projection);
    for (const layer of panel.layers) {
      gl.bindVertexArray(layer.array);
      gl.uniform1i(at("byValue"), layer.values ? 1 : 0);
      gl.uniform1i(at("points"), layer.faces ? 0 : 1);
      gl.uniform1f(at("size"), (f * room * scale * 0.5) / Math.sqrt(layer.n));
      if (!layer.colors && !layer.values) gl.vertexAttrib3f(2, ...content.clay);
      if (layer.values) {
        gl.bindTexture(gl.TEXTURE_2D, layer.map);
        gl.uniform2f(at("limits"), layer.values.low, layer.values.high);
      }
      if (layer.faces) gl.drawElements(gl.TRIANGLES, layer.corners, gl.UNSIGNED_INT, 0);
      else gl.drawArrays(gl.POINTS, 0, layer.n);
    }
  });
  gl.bindVertexArray(null);
}

let asked = false;
function redraw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => { asked = false; draw(); });
}

function show(frame) {
  view.frame = frame;
  for (const panel of panels) {
    for (const layer of panel.layers) {
      if (!layer.values || layer.values.labels.length < 2) continue;
      const one = Math.min(frame, layer.values.labels.length - 1);
      gl.bindBuffer(gl.ARRAY_BUFFER, layer.buffer);
      gl.bufferSubData(gl.ARRAY_BUFFER, 0, layer.numbers.subarray(one * layer.n, (one + 1) * layer.n));
      if (panel.below.labels === layer.values.labels) panel.below.words.textContent = layer.values.labels[one];
    }
  }
  redraw();
}

function turn(yaw, pitch) {
  view.yaw += yaw;
  view.pitch = Math.min(Math.max(view.pitch + pitch, -1.5), 1.5);
  redraw();
}

function zoom(factor) {
  view.zoom = Math.min(Math.max(view.zoom * factor, 0.05), 50);
  redraw();
}

function home() {
  Object.assign(view, { yaw: 0, pitch: 0, zoom: 1, shift: [0, 0] });
  redraw();
}

function listen() {
  let last = null;
  canvas.addEventListener("pointerdown", (event) => { last = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointerup", () => { last = null; });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const [dx, dy] = [event.clientX - last[0], event.clientY - last[1]];
    last = [event.clientX, event.clientY];
    if (event.shiftKey || event.buttons & 6) {
      const unitsPerPixel = 1 / (canvas.clientHeight * view.zoom);
      view.shift = [view.shift[0] - dx * unitsPerPixel, view.shift[1] + dy * unitsPerPixel];
      redraw();
    } else turn(-dx * 0.008, dy * 0.008);
  });
  canvas.addEventListener("wheel", (event) => { event.preventDefault(); zoom(Math.exp(-event.deltaY * 0.0012)); }, { passive: false });
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  const keys = {
    ArrowLeft: () => turn(-0.1, 0), ArrowRight: () => turn(0.1, 0), ArrowUp: () => turn(0, 0.1), ArrowDown: () => turn(0, -0.1),
    "+": () => zoom(1.15), "-": () => zoom(1 / 1.15), 0: home,
  };
  canvas.addEventListener("keydown", (event) => { if (keys[event.key]) { event.preventDefault(); keys[event.key](); } });
  document.getElementById("home").addEventListener("click", home);
  window.addEventListener("resize", redraw);
}

function play() {
  const frames = Math.max(1, ...content.panels.flatMap((panel) => panel.layers.map((layer) => (layer.values ? layer.values.labels.length : 1))));
  if (frames < 2) return;
  const [button, slider] = [document.getElementById("play"), document.getElementById("moment")];
  document.getElementById("moments").hidden = false;
  slider.max = frames - 1;
  slider.addEventListener("input", () => show(Number(slider.value)));
  let timer = 0;
  button.addEventListener("click", () => {
    button.textContent = timer ? "Play" : "Pause";
    if (timer) { clearInterval(timer); timer = 0; return; }
    timer = setInterval(() => { slider.value = (view.frame + 1) % frames; show(Number(slider.value)); }, 80);
  });
}

if (gl) { listen(); play(); draw(); }
else document.querySelector(".lost").hidden = false;
