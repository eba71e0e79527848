// What was found, in one shape for a fresh answer and for a stored inference.

/** The tasks in the order in which they are shown, with their words and the colour of their boxes. */
export const TASKS = {
  persons: { title: 'Persons', one: 'Person', color: '#1d5fd1' },
  faces: { title: 'Faces', one: 'Face', color: '#a84a00' },
  vehicles: { title: 'Vehicles', one: 'Vehicle', color: '#0a7350' },
  plates: { title: 'Plates', one: 'Plate', color: '#a01f78' },
  poses: { title: 'Poses', one: 'Pose', color: '#6a3cc9' },
};

const capitalized = (word) => word.charAt(0).toUpperCase() + word.slice(1);

/** How an item of a task is called: its class, whom a face shows, or what a plate says. */
export function itemLabel(task, { plate_number: plate, vehicle_type: type, label }, { person } = {}) {
  if (task === 'faces' && person) return person.name;
  if (task === 'plates') return plate || label || TASKS.plates.one;
  if (task === 'vehicles') return capitalized(type ?? label ?? TASKS.vehicles.one);
  return TASKS[task]?.one ?? capitalized(label ?? task);
}

function finding(task, item, details) {
  return {
    id: item.id,
    task,
    label: itemLabel(task, item, details),
    confidence: item.confidence,
    box: item.bounding_box,
    corners: details.corners ?? null,
    landmarks: details.landmarks ?? null,
    keypoints: details.keypoints ?? null,
    person: details.person ?? null,
    // Null says that the face was compared with the gallery; a face that was not has no such member.
    isStranger: details.person === null,
    liveness: details.liveness ?? null,
    behavior: details.behavior ?? null,
    behaviorConfidence: details.behavior_confidence ?? null,
    handsRaised: details.hands_raised === true,
    // Those that are there; null when nobody asked for them.
    attributes: details.attributes?.filter(({ present }) => present) ?? null,
    color: details.color ?? null,
    country: details.country_code ?? null,
    candidates: details.candidates ?? [],
    known: details.known ?? null,
    vehicle: details.vehicle ?? null,
  };
}

/** The findings of an analysis answer. */
export function findingsOfAnswer(answer) {
  const tasks = Object.keys(TASKS).filter((task) => Array.isArray(answer[task]));
  return {
    image: answer.image,
    tasks,
    items: tasks.flatMap((task) => answer[task].map((item) => finding(task, item, item))),
    models: answer.models,
    timing: answer.timing,
    total: answer.processing_time_ms,
    stored: answer.id !== null,
    capturedAt: null,
  };
}

/** The findings of a stored inference. */
export function findingsOfInference(record) {
  const found = record.detections.map((item) => finding(item.task, item, item.details));
  return {
    image: record.image,
    tasks: Object.keys(TASKS).filter((task) => task === record.task || found.some((item) => item.task === task)),
    items: found,
    models: record.models,
    timing: record.timing,
    total: null,
    stored: true,
    capturedAt: record.captured_at,
  };
}
