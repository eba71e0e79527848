import AIBoxAPI
import AIBoxClient
import Foundation
import NIOCore
import ServiceClients
import Synchronization

extension BoundingBox {
    static let example = BoundingBox(x: 1, y: 2, width: 30, height: 40)
}

extension FaceItem {
    /// A face that was compared with the gallery.
    static func example(_ person: UUIDv7?, name: String = "name of the search") -> FaceItem {
        let points = [[1.0, 2], [3, 4], [5, 6], [7, 8], [9, 10]]
        var face = FaceItem(confidence: 0.9, boundingBox: .example, landmarks: points, quality: 0.8)
        face.isRecognized = true
        face.person = person.map { FaceMatch(id: $0, name: name, similarity: 0.9, cosine: 0.6) }
        return face
    }
}

extension AnalysisOutcome {
    static func faces(_ persons: [UUIDv7?], drawing: String? = nil) -> AnalysisOutcome {
        var result = AnalysisResult.example([])
        result.faces = persons.map { .example($0) }
        return AnalysisOutcome(result: result, annotated: drawing.map { ByteBuffer(string: $0) })
    }
}

extension EnrolmentOutcome {
    static let crop = Data([0xFF, 0xD8, 0xFF, 0xE0, 9, 9, 0xFF, 0xD9])

    static func example(model: String = "embedder@1", matches: [UUIDv7] = [], crop: Bool) -> EnrolmentOutcome {
        EnrolmentOutcome(
            template: FaceTemplate(
                model: model, modelSHA256: String(repeating: "a", count: 64), vector: [0.6, 0.8]),
            boundingBox: .example,
            quality: FaceQuality(overall: 0.7, size: 1, sharpness: 0.7, pose: 1, exposure: 1),
            liveness: Liveness(live: true, score: 0.9),
            matches: matches.map { FaceMatch(id: $0, name: "", similarity: 0.8, cosine: 0.5) },
            crop: crop ? Self.crop : nil)
    }
}

extension VerificationAnswer {
    static func example(_ requestID: String) -> VerificationAnswer {
        VerificationAnswer(
            similarity: 0.9, cosine: 0.6, same: true, live: true, threshold: 0.4, falseAcceptRate: 1e-4, faces: [],
            models: [],
            requestID: requestID, processingTimeMS: 0, timing: StageTiming())
    }
}

/// A value that closures of a test share.
final class Shared<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }

    var value: Value { mutex.withLock { $0 } }

    func update(_ change: (inout Value) -> Void) { mutex.withLock { change(&$0) } }
}

/// Bodies of requests.
enum Body {
    static let json = ("Content-Type", "application/json")
    static let form = ("Content-Type", "multipart/form-data; boundary=BB")

    /// - Parameter parts: the parameters behind `form-data;` of each part, and its content.
    static func form(_ parts: [(String, ByteBuffer)]) -> ByteBuffer {
        var body = ByteBuffer()
        for (parameters, content) in parts {
            body.writeString("--BB\r\nContent-Disposition: form-data; \(parameters)\r\n\r\n")
            body.writeImmutableBuffer(content)
            body.writeString("\r\n")
        }
        body.writeString("--BB--\r\n")
        return body
    }

    static func json(_ value: some Encodable) throws -> ByteBuffer {
        ByteBuffer(data: try JSONEncoder().encode(value))
    }
}
