import Glibc

/// What the keypoints of one person say about how the body is held: angles and lengths in units of the trunk, so that
/// neither the picture's size nor the distance matters.
///
/// "Shoulders", "hips", "knees", "ankles" are the mean of the left and the right point, weighted by confidence; as sure
/// as the surer of the two.
struct BodyGeometry {
    /// Confidence of shoulders, hips, knees, ankles, 0–1.
    let shoulders: Float
    let hips: Float
    let knees: Float
    let ankles: Float
    /// Length of the trunk, hips to shoulders, in pixels, and as a share of the box's longer side.
    let trunk: Float
    let trunkShare: Float
    /// Degrees between the trunk and the vertical, 0 upright, 90 level, 180 head down.
    let inclination: Float
    /// How far the knees lie below the hips, in trunks. About 0.8 standing, 0 for a thigh that points to the camera.
    let thighDrop: Float
    /// How far the ankles lie beside the middle of the trunk, in trunks.
    let footOffset: Float
    /// Where the hips lie in the box, 0 at its top, 1 at its bottom.
    let hipHeight: Float
    /// Height over width of the box.
    let boxAspect: Float
    /// Degrees at the hip between shoulder and knee, mean of the sides that are seen; `nil` when none is.
    let hipAngle: Float?
    /// Degrees at the knee between hip and ankle, mean of the sides that are seen; `nil` when none is.
    let kneeAngle: Float?

    /// `nil` without 17 points, for an empty box, and for a trunk without length.
    init?(_ keypoints: [Keypoint], box: Rectangle) {
        guard keypoints.count == CocoKeypoint.allCases.count,
            box.x.isFinite, box.y.isFinite, box.width.isFinite, box.height.isFinite, box.width > 0, box.height > 0
        else { return nil }
        let body = Body(keypoints: keypoints)
        let shoulders = body.middle(.leftShoulder, .rightShoulder)
        let hips = body.middle(.leftHip, .rightHip)
        let knees = body.middle(.leftKnee, .rightKnee)
        let ankles = body.middle(.leftAnkle, .rightAnkle)
        let (across, up) = (shoulders.point.x - hips.point.x, hips.point.y - shoulders.point.y)
        let trunk = length(across, up)
        guard trunk.isFinite, trunk > 0 else { return nil }
        self.shoulders = shoulders.confidence
        self.hips = hips.confidence
        self.knees = knees.confidence
        self.ankles = ankles.confidence
        self.trunk = trunk
        trunkShare = trunk / max(box.width, box.height)
        inclination = degrees(cosine: up / trunk)
        thighDrop = (knees.point.y - hips.point.y) / trunk
        footOffset = abs(ankles.point.x - (shoulders.point.x + hips.point.x) / 2) / trunk
        hipHeight = (hips.point.y - box.y) / box.height
        boxAspect = box.height / box.width
        hipAngle = body.angle(
            [(.leftShoulder, .leftHip, .leftKnee), (.rightShoulder, .rightHip, .rightKnee)], confidence: 0.2)
        kneeAngle = body.angle(
            [(.leftHip, .leftKnee, .leftAnkle), (.rightHip, .rightKnee, .rightAnkle)], confidence: 0.25)
    }
}

/// The 17 points; one that is not finite counts as not seen.
private struct Body {
    let keypoints: [Keypoint]

    subscript(_ name: CocoKeypoint) -> Keypoint {
        let keypoint = keypoints[name.rawValue]
        guard keypoint.point.x.isFinite, keypoint.point.y.isFinite, keypoint.confidence.isFinite else {
            return Keypoint(point: Point(x: 0, y: 0), confidence: 0)
        }
        return Keypoint(point: keypoint.point, confidence: min(1, max(0, keypoint.confidence)))
    }

    func middle(_ left: CocoKeypoint, _ right: CocoKeypoint) -> Keypoint {
        let (one, other) = (self[left], self[right])
        let sum = one.confidence + other.confidence
        let share = sum > 0 ? one.confidence / sum : 0.5
        return Keypoint(
            point: Point(
                x: one.point.x * share + other.point.x * (1 - share),
                y: one.point.y * share + other.point.y * (1 - share)),
            confidence: max(one.confidence, other.confidence))
    }

    /// Mean angle at the middle points of those triples whose points all have the confidence.
    func angle(_ triples: [(CocoKeypoint, CocoKeypoint, CocoKeypoint)], confidence: Float) -> Float? {
        let angles = triples.compactMap { triple -> Float? in
            let (one, corner, other) = (self[triple.0], self[triple.1], self[triple.2])
            guard min(one.confidence, corner.confidence, other.confidence) >= confidence else { return nil }
            let (ax, ay) = (one.point.x - corner.point.x, one.point.y - corner.point.y)
            let (bx, by) = (other.point.x - corner.point.x, other.point.y - corner.point.y)
            let lengths = length(ax, ay) * length(bx, by)
            return lengths > 0 ? degrees(cosine: (ax * bx + ay * by) / lengths) : nil
        }
        return angles.isEmpty ? nil : angles.reduce(0, +) / Float(angles.count)
    }
}

private func length(_ x: Float, _ y: Float) -> Float { (x * x + y * y).squareRoot() }

private func degrees(cosine: Float) -> Float { acosf(min(1, max(-1, cosine))) * 180 / .pi }
