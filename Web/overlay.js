// Draws findings over a picture. Coordinates are pixels of the picture as displayed; the canvas may have any size.

import { TASKS } from './findings.js';

const FONT = 'system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
/** Boxes narrower than this on the screen keep their label for the list, or a crowd hides under its own labels. */
const NARROWEST_LABELLED = 26;

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
  for (const item of order) {
    context.globalAlpha = highlighted === null || item.id === highlighted ? 1 : 0.35;
    drawOutline(context, item, scale);
  }
  for (const item of order) {
    context.globalAlpha = highlighted === null || item.id === highlighted ? 1 : 0.35;
    const wide = item.box.width * scale.x >= NARROWEST_LABELLED;
    if (wide || item.task === 'plates' || item.id === highlighted) drawLabel(context, item, scale, width, height);
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
  for (const [x, y] of item.landmarks ?? []) {
    context.beginPath();
    context.arc(x * scale.x, y * scale.y, 1.75, 0, 2 * Math.PI);
    stroke(context, 'rgba(255, 255, 255, 0.85)', 1.5);
    context.fillStyle = TASKS[item.task].color;
    context.fill();
  }
}

function stroke(context, color, width) {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
}

function drawLabel(context, item, scale, width, height) {
  const plate = item.task === 'plates';
  const size = plate ? 14 : 11;
  context.font = `600 ${size}px ${FONT}`;
  const text = plate ? item.label : `${item.label} ${Math.round(item.confidence * 100)}`;
  const labelWidth = Math.ceil(context.measureText(text).width) + 8;
  const labelHeight = size + 7;
  const top = item.box.y * scale.y;
  const above = top - labelHeight - 1;
  const below = (item.box.y + item.box.height) * scale.y + 1;
  // Plates go below when the space above is taken by the picture's edge; other boxes are large enough inside.
  const y = above >= 0 ? above : plate && below + labelHeight <= height ? below : Math.max(top, 0);
  const x = Math.max(0, Math.min(item.box.x * scale.x - 1, width - labelWidth));
  context.fillStyle = TASKS[item.task].color;
  context.beginPath();
  context.roundRect(x, y, labelWidth, labelHeight, 3);
  context.fill();
  context.fillStyle = '#ffffff';
  context.textBaseline = 'middle';
  context.fillText(text, x + 4, y + labelHeight / 2 + 0.5);
}
