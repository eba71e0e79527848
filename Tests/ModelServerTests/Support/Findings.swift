import AIBoxAPI
import Foundation
import ServiceClients

extension AnalysisRequest {
    /// Everything that a picture can be asked.
    static let everything = AnalysisRequest.of(AnalysisTask.allCases) {
        $0.recognize = true
        $0.attributes = true
        $0.behavior = true
        $0.embedding = true
        $0.classify = .all
    }
}

extension AnalysisResult {
    /// Everything that was found as text, without identifiers of items and times: equal pixels give equal texts.
    func findings() throws -> String {
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(self))
        let data = try JSONSerialization.data(
            withJSONObject: Self.stripped(object), options: [.sortedKeys, .prettyPrinted])
        return String(decoding: data, as: UTF8.self)
    }

    private static func stripped(_ object: Any) -> Any {
        if let list = object as? [Any] { return list.map(stripped) }
        guard var members = object as? [String: Any] else { return object }
        // A recognised person has an identifier that does not change.
        if members["similarity"] == nil { members["id"] = nil }
        members["timing"] = nil
        return members.mapValues(stripped)
    }

    /// What breaks the promises that hold for every picture.
    func faults() throws -> [String] {
        _ = try JSONEncoder().encode(self)  // throws at a number that is not finite
        let items: [[any AnalysisItem]] = [persons ?? [], faces ?? [], vehicles ?? [], plates ?? [], poses ?? []]
        var faults = items.joined().filter { !isInside($0.boundingBox) }.map { "outside: \($0)" }
        faults += items.joined().filter { !(0...1).contains($0.confidence) }.map { "confidence: \($0)" }
        for person in persons ?? [] {
            if let vector = person.embedding, !vector.isUnit { faults.append("vector: \(vector)") }
            let odd = person.attributes?.filter { !(0...1).contains($0.probability) } ?? []
            faults += odd.map { "attribute: \($0)" }
        }
        faults += (faces ?? []).filter { $0.landmarks.count != 5 }.map { "landmarks: \($0)" }
        faults += (poses ?? []).filter { $0.keypoints.count != 17 }.map { "keypoints: \($0)" }
        return faults
    }

    func isInside(_ box: BoundingBox) -> Bool {
        box.x >= 0 && box.y >= 0 && box.width > 0 && box.height > 0
            && box.x + box.width <= Double(image.width) + 0.005 && box.y + box.height <= Double(image.height) + 0.005
    }
}

extension [Float] {
    var isUnit: Bool { allSatisfy(\.isFinite) && abs(reduce(0) { $0 + $1 * $1 } - 1) < 1e-3 }
}

/// The places of one item: edges of its box, then its points.
struct Mark: CustomStringConvertible {
    var kind: String
    var confidence: Double
    var box: BoundingBox
    var points: [[Double]]
    /// Confidence of each point.
    var certainty: [Double]

    var description: String { "\(kind) \(confidence) \(box)" }

    /// Whether another mark lies within two pixels wherever this one is certain. Keypoints are found on a crop of 192
    /// pixels: theirs is a hundredth of the body where that is more.
    func isNear(_ other: Mark) -> Bool {
        let tolerance = 2.0
        let reach = kind == "pose" ? max(tolerance, max(box.width, box.height) / 100) : tolerance
        let edges = [
            box.x - other.box.x, box.y - other.box.y, box.x + box.width - other.box.x - other.box.width,
            box.y + box.height - other.box.y - other.box.height,
        ]
        guard kind == other.kind, edges.allSatisfy({ abs($0) <= tolerance }), points.count == other.points.count else {
            return false
        }
        return points.indices.allSatisfy { index in
            certainty[index] < 0.5 || zip(points[index], other.points[index]).allSatisfy { abs($0 - $1) <= reach }
        }
    }

    func overlap(_ other: Mark) -> Double {
        guard kind == other.kind else { return 0 }
        let width = min(box.x + box.width, other.box.x + other.box.width) - max(box.x, other.box.x)
        let height = min(box.y + box.height, other.box.y + other.box.height) - max(box.y, other.box.y)
        guard width > 0, height > 0 else { return 0 }
        let common = width * height
        return common / (box.width * box.height + other.box.width * other.box.height - common)
    }
}

extension AnalysisResult {
    /// The places of all items.
    var marks: [Mark] {
        func mark(_ item: any AnalysisItem, _ kind: String, _ points: [[Double]] = [], _ certainty: [Double]? = nil)
            -> Mark
        {
            Mark(
                kind: kind, confidence: item.confidence, box: item.boundingBox, points: points,
                certainty: certainty ?? points.map { _ in 1 })
        }
        var marks = (persons ?? []).map { mark($0, "person") }
        marks += (faces ?? []).map { mark($0, "face", $0.landmarks) }
        marks += (vehicles ?? []).map { mark($0, $0.vehicleType) }
        marks += (plates ?? []).map { mark($0, "plate \($0.plateNumber)", $0.corners) }
        marks += (poses ?? []).map { pose in
            mark(pose, "pose", pose.keypoints.map { [$0.x, $0.y] }, pose.keypoints.map(\.confidence))
        }
        return marks
    }

    /// Those that no noise takes away.
    var certainMarks: [Mark] { marks.filter { $0.confidence >= 0.6 } }
}
