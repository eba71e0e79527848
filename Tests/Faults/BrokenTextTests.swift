import AIBoxAPI
import Foundation
import NIOHTTP1
import ServiceClients
import TestSupport
import Testing

extension Faults {
    /// Text that some store cannot take (field report BL-15): refused with the field's name, in the same way by every
    /// store.
    @Suite(.enabled(if: Places.hasBinary, Comment(rawValue: Places.noBinary)), .timeLimit(.minutes(5)))
    struct BrokenTextTests {
        /// Bytes for the inside of a JSON string.
        static let texts: [(name: String, bytes: Data)] = [
            ("an escaped NUL", Data(#"a\u0000b"#.utf8)),
            ("a NUL", Data("a\0b".utf8)),
            ("a lone high surrogate", Data(#"a\ud800b"#.utf8)),
            ("a lone low surrogate", Data(#"a\udc00b"#.utf8)),
            ("bytes that are no UTF-8", Data([0x61, 0xFF, 0xFE, 0x62])),
            ("an overlong NUL", Data([0x61, 0xC0, 0x80, 0x62])),
            ("a surrogate as UTF-8", Data([0x61, 0xED, 0xA0, 0x80, 0x62])),
            ("a megabyte", Data(repeating: 0x61, count: 1 << 20)),
        ]
        /// Stands where the text goes.
        private static let mark = "@@"

        private static let inferenceFields: [(name: String, set: @Sendable (inout InferenceRecord) -> Void)] = [
            ("request_id", { $0.requestID = mark }),
            ("task", { $0.task = mark }),
            ("camera_id", { $0.cameraID = mark }),
            ("device_id", { $0.deviceID = mark }),
            ("models", { $0.models[0].name = mark }),
            ("models", { $0.models[0].version = mark }),
            ("label", { $0.detections[0].label = mark }),
            ("plate_number", { $0.detections[0].plateNumber = mark }),
            ("detections", { $0.detections[0].details.countryCode = mark }),
            ("detections", { $0.detections[0].details.behavior = mark }),
            ("detections", { $0.detections[0].details.characters = [.init(char: mark, confidence: 1)] }),
        ]

        @Test(arguments: WorldKind.usable) func aDetectionWithBrokenTextIsRefused(by kind: WorldKind) async throws {
            try await withBox(kind) { box, journal in
                for (field, set) in Self.inferenceFields {
                    for (what, bytes) in Self.texts {
                        var record = journal.next().record
                        while record.detections.isEmpty { record = journal.next().record }
                        set(&record)
                        let head = try Self.filled(record, with: bytes)
                        let answer = try await call(
                            .POST, box, "/internal/inferences", head,
                            headers: [InternalHeader.headLength: "\(head.count)"])
                        expectRefusal(answer, of: field, what)
                        let found = try await box.manager.inference(record.id)
                        #expect(found == nil, "\(field), \(what)")
                    }
                }
            }
        }

        private static let galleryBodies: [(field: String, path: String, body: String)] = [
            ("name", "persons", #"{"name":"@@"}"#),
            ("external_id", "persons", #"{"name":"An","external_id":"@@"}"#),
            ("metadata", "persons", #"{"name":"An","metadata":{"@@":1}}"#),
            ("metadata", "persons", #"{"name":"An","metadata":{"key":"@@"}}"#),
            ("metadata", "persons", #"{"name":"An","metadata":{"key":["@@"]}}"#),
            ("plate_number", "known-plates", #"{"plate_number":"@@","label":"","list":"allow"}"#),
            ("label", "known-plates", #"{"plate_number":"51F12345","label":"@@","list":"allow"}"#),
            ("notes", "known-plates", #"{"plate_number":"51F12345","label":"","list":"allow","notes":"@@"}"#),
        ]

        @Test(arguments: WorldKind.usable) func aPersonOrPlateWithBrokenTextIsRefusedBehindTheGateway(
            by kind: WorldKind
        ) async throws {
            try await withBox(kind) { box, _ in
                for (field, path, body) in Self.galleryBodies {
                    let rest =
                        #","id":"\#(UUIDv7())","metadata":{},"face_count":0,"created_at":"2026-01-01T00:00:00Z","#
                        + #""updated_at":"2026-01-01T00:00:00Z"}"#
                    var whole = String(body.dropLast()) + rest
                    if body.contains("metadata") {
                        whole = whole.replacingOccurrences(of: #""metadata":{},"#, with: "")
                    }
                    for (what, bytes) in Self.texts {
                        let answer = try await call(
                            .POST, box, "/internal/\(path)", Self.filled(Data(whole.utf8), bytes))
                        expectRefusal(answer, of: field, what)
                    }
                }
                let persons = try await box.manager.persons(PersonQuery()).items
                #expect(persons.isEmpty)
            }
        }

        @Test(arguments: WorldKind.usable)
        func theGatewayRefusesBrokenTextAndServesTheNextRequest(before kind: WorldKind) async throws {
            try await withTemporaryFolder { folder in
                try await kind.make(in: folder).withBox { box in
                    try await PublicBox.with(before: box, in: folder) { try await tryAll($0) }
                }
            }
        }

        private func tryAll(_ gateway: PublicBox) async throws {
            let token = try await gateway.login()
            let json = ["Content-Type": "application/json"]
            for (field, path, body) in Self.galleryBodies {
                let place = path == "persons" ? "/human-analysis/persons" : "/vehicle-analysis/known-plates"
                for (what, bytes) in Self.texts {
                    let answer = try await send(
                        .POST, port: gateway.port, place, token: token, headers: json,
                        Self.filled(Data(body.utf8), bytes))
                    expectRefusal(answer, of: field, what)
                }
            }
            for field in ["label", "camera_id", "device_id"] {
                for text in ["a%00b", "a%FF%FEb", "a%ED%A0%80b", String(repeating: "a", count: 8000)] {
                    let answer = try await send(
                        .GET, port: gateway.port, "/analytics/detections?\(field)=\(text)", token: token)
                    expectRefusal(answer, of: field, text)
                }
            }
            let good = try await send(
                .POST, port: gateway.port, "/human-analysis/persons", token: token, headers: json,
                Data(#"{"name":"An \ud83d\ude00"}"#.utf8))
            #expect(good.status == 201, "\(good.text)")
        }

        @Test(arguments: WorldKind.usable)
        func oneBrokenRowAmongManyIsTheOnlyOneRefused(by kind: WorldKind) async throws {
            try await withBox(kind) { box, journal in
                let broken = journal.next()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<499 {
                        group.addTask { await journal.send(journal.next(), to: box.manager) }
                    }
                    group.addTask {
                        var record = broken.record
                        record.cameraID = Self.mark
                        let head = try Self.filled(record, with: Self.texts[0].bytes)
                        let answer = try await call(
                            .POST, box, "/internal/inferences", head,
                            headers: [InternalHeader.headLength: "\(head.count)"])
                        #expect(answer.status == 422, "\(answer.text)")
                    }
                    try await group.waitForAll()
                }
                #expect(journal.acknowledgedCount == 499)
                let comparison = await journal.comparison(with: box.manager)
                #expect(comparison.isWhole && comparison.read == 499, "\(comparison)")
            }
        }

        private func withBox(_ kind: WorldKind, _ body: (Box, Journal) async throws -> Void) async throws {
            try await withTemporaryFolder { folder in
                try await kind.make(in: folder).withBox { try await body($0, Journal(seed: 31)) }
            }
        }

        private func expectRefusal(_ answer: Answer, of field: String, _ what: String) {
            #expect([400, 413, 422].contains(answer.status), "\(field), \(what): \(answer.text)")
            #expect(answer.problem != nil, "\(field), \(what): \(answer.text)")
            guard answer.status == 422 else { return }
            #expect(answer.problem?.errors?.contains { $0.field.contains(field) } == true, "\(what): \(answer.text)")
        }

        private static func filled(_ value: some Encodable, with text: Data) throws -> Data {
            filled(try JSONEncoder().encode(value), text)
        }

        private static func filled(_ json: Data, _ text: Data) -> Data {
            guard let place = json.firstRange(of: Data(mark.utf8)) else { return json }
            return json[..<place.lowerBound] + text + json[place.upperBound...]
        }
    }
}

/// A call of the internal API with a body that no typed client would send.
private func call(
    _ method: HTTPMethod, _ box: Box, _ path: String, _ body: Data, headers: [String: String] = [:]
) async throws -> Answer {
    let credential = try await InternalCredential(secret: Box.secret, issuer: "faults")
    return try await send(
        method, port: box.port, path, token: try await credential.token(),
        headers: ["Content-Type": "application/json"].merging(headers) { $1 }, body)
}
