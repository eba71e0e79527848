// Draws findings over a picture. Coordinates are pixels of the picture as displayed; the canvas may have any size.

import { isSure } from './finding-details.js';
import { TASKS } from './findings.js';

const FONT = 'system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
/** Boxes narrower than this on the screen keep their label for the list, or a crowd hides under its own labels. */
const NARROWEST_LABELLED = 26;
/** Characters of a name on the picture; the list has all of it. */
const LONGEST_LABEL = 28;

/** The lines of a skeleton, as COCO draws them. */
export const BONES = [
  ['left_ankle', 'left_knee'], ['left_knee', 'left_hip'], ['right_ankle', 'right_knee'], ['right_knee', 'right_hip'],
  ['left_hip', 'right_hip'], ['left_shoulder', 'left_hip'], ['right_shoulder', 'right_hip'],
  ['left_shoulder', 'right_shoulder'], ['left_shoulder', 'left_elbow'], ['right_shoulder', 'right_elbow'],
  ['left_elbow', 'left_wrist'], ['right_elbow', 'right_wrist'], ['left_eye', 'right_eye'], ['nose', 'left_eye'],
  ['nose', 'right_eye'], ['left_eye', 'left_ear'], ['right_eye', 'right_ear'], ['left_ear', 'left_shoulder'],
  ['right_ear', 'right_shoulder'],
];

/**
 * @param {HTMLCanvasElement} canvas lies exactly over the picture
 * @param {{width: number, height: number}} image size of the picture in pixels
 * @param {string|null} highlighted id of the item that stands out
 */
export function drawFindings(canvas, image, items, highlighted = null) {
  const density = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  const context = canvas.getContext('2d');
  context.scale(density, density);
  const scale = { x: width / image.width, y: height / image.height };
  const order = [...items].sort((a, b) => (a.id === highlighted) - (b.id === highlighted));
  const emphasize = (item) => { context.globalAlpha = highlighted === null || item.id === highlighted ? 1 : 0.35; };
  for (const item of order) {
    emphasize(item);
    if (item.keypoints) drawSkeleton(context, item, scale);
    else drawOutline(context, item, scale);
  }
  const taken = [];
  for (const item of order) {
    emphasize(item);
    // The person's box around a skeleton has a label of its own.
    const wide = item.box.width * scale.x >= NARROWEST_LABELLED && !item.keypoints;
    if (wide || item.task === 'plates' || item.id === highlighted) drawLabel(context, item, scale, { width, height }, taken);
  }
}

function drawOutline(context, item, scale) {
  context.beginPath();
  if (item.corners) {
    for (const [x, y] of item.corners) context.lineTo(x * scale.x, y * scale.y);
    context.closePath();
  } else {
    const { x, y, width, height } = item.box;
    context.rect(x * scale.x, y * scale.y, width * scale.x, height * scale.y);
  }
  context.lineJoin = 'round';
  // White below the colour, so that the line shows on any picture.
  stroke(context, 'rgba(255, 255, 255, 0.85)', 4);
  stroke(context, TASKS[item.task].color, 2);
  for (const [x, y] of item.landmarks ?? []) drawPoint(context, x * scale.x, y * scale.y, 1.75, TASKS[item.task].color);
}

/** The points that the model is sure of, and the lines between them. */
function drawSkeleton(context, item, scale) {
  const points = new Map(item.keypoints.filter(isSure).map(({ name, x, y }) => [name, [x * scale.x, y * scale.y]]));
  context.beginPath();
  for (const [from, to] of BONES) {
    if (!points.has(from) || !points.has(to)) continue;
    context.moveTo(...points.get(from));
    context.lineTo(...points.get(to));
  }
  context.lineJoin = context.lineCap = 'round';
  stroke(context, 'rgba(255, 255, 255, 0.85)', 4.5);
  stroke(context, TASKS[item.task].color, 2.5);
  for (const [x, y] of points.values()) drawPoint(context, x, y, 2.5, TASKS[item.task].color);
}

function drawPoint(context, x, y, radius, color) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  stroke(context, 'rgba(255, 255, 255, 0.85)', 1.5);
  context.fillStyle = color;
  context.fill();
}

function stroke(context, color, width) {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
}

function drawLabel(context, item, scale, canvas, taken) {
  const plate = item.task === 'plates';
  const size = plate ? 14 : 11;
  context.font = `600 ${size}px ${FONT}`;
  const text = labelText(item);
  const width = Math.ceil(context.measureText(text).width) + 8;
  const place = freePlace(item.box, scale, { width, height: size + 7 }, canvas, taken);
  taken.push(place);
  context.fillStyle = TASKS[item.task].color;
  context.beginPath();
  context.roundRect(place.x, place.y, place.width, place.height, 3);
  context.fill();
  context.fillStyle = '#ffffff';
  context.textBaseline = 'middle';
  context.fillText(text, place.x + 4, place.y + place.height / 2 + 0.5);
}

/** A name stands alone: the confidence of its face says nothing about it. */
function labelText({ task, label, person, confidence }) {
  if (task === 'plates') return label;
  if (!person) return `${label} ${Math.round(confidence * 100)}`;
  const characters = [...label];
  return characters.length > LONGEST_LABEL ? `${characters.slice(0, LONGEST_LABEL).join('')}…` : label;
}

/** Above the box, below it, or inside its top: the first place on the canvas where no other label is. */
function freePlace(box, scale, { width, height }, canvas, taken) {
  const x = Math.max(0, Math.min(box.x * scale.x - 1, canvas.width - width));
  const top = box.y * scale.y;
  const places = [top - height - 1, top + box.height * scale.y + 1, Math.max(top, 0)].map((y) => ({ x, y, width, height }));
  const onCanvas = places.filter(({ y }) => y >= 0 && y + height <= canvas.height);
  return onCanvas.find((place) => !taken.some((other) => overlap(place, other))) ?? onCanvas[0] ?? places[2];
}

function overlap(a, b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
