/// How a body is held.
public enum Posture: String, CaseIterable, Hashable, Sendable {
    case standing, sitting, crouching, bending
    /// The trunk level in a box wider than high: possibly a fall.
    case lying
    /// Too little of the body is seen, or it fits none of the others.
    case unknown
}

/// What one person does in a single picture, as far as the body points tell.
public struct Behaviour: Hashable, Sendable {
    public let posture: Posture
    /// How clear the posture is, 0–1: the confidence of the points it rests on, times how far the angles are from the
    /// limits. Not a probability. 0 for ``Posture/unknown``.
    public let confidence: Float
    /// Whether a wrist is well above the shoulders; `nil` when no shoulder or no wrist is seen, or the body is not
    /// upright. A hand at the face is not raised.
    public let handsRaised: Bool?

    /// What people sit on or at, as COCO names it.
    public static let seatLabels: Set = [
        "bench", "bicycle", "chair", "couch", "dining table", "horse", "motorcycle",
    ]

    /// Rules over angles and lengths of the body (``BodyGeometry``), not learnt: four in five of the persons labelled by
    /// eye stand and nobody lies, and a logistic regression, trees and a forest learnt on them guessed at the rest
    /// (docs/decisions/0014-people-and-vehicles.md has the figures).
    ///
    /// Made for MoveNet on a crop of the box; another model's confidences want other limits. Someone of whom no leg is
    /// seen stays unknown unless a seat speaks: at a table and behind one look alike.
    /// - Parameters:
    ///   - keypoints: the 17 of COCO in the order of ``CocoKeypoint``, in pixels of the picture. Any other number, or
    ///     values that are not finite, give `unknown`.
    ///   - box: the person's, in the same pixels.
    ///   - seats: boxes of ``seatLabels`` in the same picture, from a score of 0.3. They count only where the body tells
    ///     nothing: someone whose shoulders are seen and whose lower half is hidden by one for the greater part sits.
    public init(keypoints: [Keypoint], box: Rectangle, seats: [Rectangle] = []) {
        guard let body = BodyGeometry(keypoints, box: box) else {
            (posture, confidence, handsRaised) = (.unknown, 0, nil)
            return
        }
        (posture, confidence) = body.judgement ?? body.judgement(in: box, of: seats) ?? (.unknown, 0)
        handsRaised = Behaviour.handsRaised(keypoints, body)
    }

    /// Wrists more than 0.3 trunks above the shoulders.
    private static func handsRaised(_ keypoints: [Keypoint], _ body: BodyGeometry) -> Bool? {
        guard body.shoulders >= 0.3, body.hips >= 0.2, body.inclination < 60 else { return nil }
        func heights(_ names: [CocoKeypoint]) -> [Float] {
            names.map { keypoints[$0.rawValue] }.filter { $0.confidence >= 0.3 && $0.point.y.isFinite }.map(\.point.y)
        }
        let shoulders = heights([.leftShoulder, .rightShoulder])
        guard let highest = heights([.leftWrist, .rightWrist]).min(), !shoulders.isEmpty else { return nil }
        let shoulder = shoulders.reduce(0, +) / Float(shoulders.count)
        return (shoulder - highest) / body.trunk > 0.3
    }
}

extension BodyGeometry {
    /// What the body alone tells.
    fileprivate var judgement: (posture: Posture, confidence: Float)? {
        let trunkConfidence = min(shoulders, hips)
        guard trunkConfidence >= 0.2, trunkShare >= 0.1 else { return nil }
        if inclination >= 60 {
            let confidence = share(trunkConfidence, of: 0.5) * (0.5 + 0.5 * share(inclination - 50, of: 25))
            return boxAspect < 1 ? (.lying, confidence) : nil
        }
        // Hips at the bottom of the box: the legs are hidden or cut off, whatever the model made of them.
        guard knees >= 0.15, hipHeight <= 0.8 else { return nil }
        let confidence = share(min(trunkConfidence, knees), of: 0.5)
        if inclination >= 40 { return isBentOverStraightLegs ? (.bending, confidence) : nil }
        if standsOnStraightLegs { return (.standing, confidence * share(thighDrop - 0.2, of: 0.4)) }
        guard hasBentLegs else { return nil }
        return (hasFeetUnderTrunk ? .crouching : .sitting, confidence)
    }

    /// Sitting, when one of the seats hides at least half of the box's lower half.
    fileprivate func judgement(in box: Rectangle, of seats: [Rectangle]) -> (posture: Posture, confidence: Float)? {
        guard shoulders >= 0.2, inclination < 60 else { return nil }
        let half = Rectangle(x: box.x, y: box.y + box.height / 2, width: box.width, height: box.height / 2)
        let known = seats.filter { $0.x.isFinite && $0.y.isFinite && $0.right.isFinite && $0.bottom.isFinite }
        let hidden = known.map { half.intersectionArea($0) / half.area }.max() ?? 0
        return hidden >= 0.5 ? (.sitting, 0.5 * min(1, hidden)) : nil
    }

    fileprivate var isBentOverStraightLegs: Bool { thighDrop >= 0.5 && knees >= 0.3 && boxAspect >= 1 }

    fileprivate var standsOnStraightLegs: Bool {
        let isKneeBent = kneeAngle.map { $0 < 115 } ?? false
        let isHipStraight = hipAngle.map { $0 >= 125 } ?? true
        return thighDrop >= 0.45 && isHipStraight && boxAspect >= 1.6 && !(isKneeBent && thighDrop < 0.6)
    }

    fileprivate var hasBentLegs: Bool {
        let mayKneeBeBent = kneeAngle.map { $0 < 130 } ?? true
        return knees >= 0.3 && thighDrop < 0.4 && mayKneeBeBent && boxAspect < 2.2
    }

    fileprivate var hasFeetUnderTrunk: Bool {
        ankles >= 0.3 && footOffset < 0.5 && kneeAngle != nil && thighDrop > 0.15
    }
}

/// `value` as a share of `whole`, kept in 0–1.
private func share(_ value: Float, of whole: Float) -> Float { min(1, max(0, value / whole)) }
