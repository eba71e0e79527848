import AIBoxAPI
import Testing

@testable import DataManager

@Suite struct FieldRulesTests {
    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let record: InferenceRecord

        /// - Parameter field: the one that must be named.
        init(_ field: String, _ change: (inout InferenceRecord) -> Void) {
            testDescription = field
            var record = InferenceRecord.example([.example()])
            change(&record)
            self.record = record
        }
    }

    static let cases = [
        Case("camera_id") { $0.cameraID = "a\u{0}" },
        Case("camera_id") { $0.cameraID = String(repeating: "x", count: 129) },
        Case("device_id") { $0.deviceID = "line\nbreak" },
        Case("device_id") { $0.deviceID = "\u{9B}31m" },
        Case("request_id") { $0.requestID = String(repeating: "x", count: 1_000_000) },
        Case("detections[0].label") { $0.detections[0].label = "\u{7F}" },
        Case("detections[0].plate_number") { $0.detections[0].plateNumber = "\u{0}" },
        Case("detections[0].confidence") { $0.detections[0].confidence = .nan },
        Case("detections[0].bounding_box") { $0.detections[0].boundingBox.width = .infinity },
        Case("detections[0].person") {
            $0.detections[0].details.person = FaceMatch(id: UUIDv7(), name: "", similarity: .nan, cosine: 0)
        },
        Case("detections") { $0.detections = Array(repeating: $0.detections[0], count: 10_001) },
        Case("detections") { $0.detections[0].details.quality = .nan },
        Case("detections") { $0.detections[0].details.countryCode = "a\u{0}" },
        Case("detections") { $0.detections[0].details.behavior = String(repeating: "x", count: 70_000) },
        Case("models") { $0.models[0].name = "\u{0}" },
        Case("models") { $0.models[0].version = String(repeating: "x", count: 70_000) },
        Case("timing") { $0.timing.decodeMS = -.infinity },
    ]

    @Test(arguments: cases) func aBrokenFieldIsRefusedByName(_ broken: Case) async throws {
        try await withDataManager { manager, _ in
            let problem = await problem { try await manager.store(broken.record, picture: nil) }
            #expect(problem?.status == 422)
            #expect(problem?.errors?.map(\.field) == [broken.testDescription])
            let stored = try await manager.inference(broken.record.id)
            #expect(stored == nil)
        }
    }

    @Test(arguments: ["", "' ; DROP TABLE detections --", "日本", "e\u{301}", "\u{1F44D}\u{1F3FD}", "a b%_", "\u{202E}x"])
    func anyOtherTextComesBackAsItWas(_ text: String) async throws {
        try await withDataManager { manager, _ in
            let record = InferenceRecord.example(camera: text, device: text, [.example(label: text)])
            try await manager.store(record, picture: nil)
            let found = try await manager.detections(DetectionQuery { ($0.cameraID, $0.label) = (text, text) }).items
            #expect(found.map { Array(($0.cameraID ?? "-").utf8) } == [Array(text.utf8)])
        }
    }

    @Test(arguments: [#"\u0000"#, #"\\u0000"#, "\\", "\"\u{1}"])
    func whatOnlyLooksLikeANULComesBackAsItWas(_ text: String) async throws {
        try await withDataManager { manager, _ in
            var record = InferenceRecord.example([.example()])
            record.detections[0].details.behavior = text
            try await manager.store(record, picture: nil)
            let found = try await manager.inference(record.id)
            #expect(found?.detections.first?.details.behavior == text)
        }
    }

    @Test func allBrokenFieldsAreNamedAtOnce() throws {
        let problem = #expect(throws: Problem.self) {
            try FieldRules.check(
                DetectionQuery { ($0.cameraID, $0.limit, $0.minimumConfidence) = ("\u{0}", 0, .nan) })
        }
        #expect(problem?.errors?.map(\.field) == ["camera_id", "limit", "min_confidence"])
    }
}
